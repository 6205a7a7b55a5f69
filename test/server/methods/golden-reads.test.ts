import {expect} from 'chai'

import {NO_LIMITS, runSync} from '../../../src/engine/task.js'
import type {Connection} from '../../../src/logseq/connection.js'
import type {Era} from '../../../src/logseq/era.js'
import {METHODS} from '../../../src/server/methods/all.js'
import {invalidArgument, readArguments} from '../../../src/server/methods/arguments.js'
import type {CallContext} from '../../../src/server/methods/method.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {writeEdn} from '../../../src/values/edn-write.js'
import {List, type Value, ValueMap, ValueSet} from '../../../src/values/types.js'
import {GraphFiles} from '../../engine/graph-file.js'
import {type GoldenCase, goldenCases, unpackGolden} from '../../support/golden.js'

interface ReadCase extends GoldenCase {
  clock: string
  era: Era
  order?: 'any'
}

/** What needs a whole server is in maintenance.test.ts; the counts of `validate no fix` are those after `gc`. */
const ELSEWHERE = new Set(['gc', 'kv after gc', 'unknown method', 'validate no fix'])

describe('methods that read', () => {
  const {now} = Date
  const {TZ} = process.env
  let files: GraphFiles
  let connection: Connection

  before(() => {
    process.env['TZ'] = 'UTC' // as the cases were recorded
    files = new GraphFiles()
    unpackGolden('lists-a.sqlite', files.path())
    connection = files.connect()
  })

  afterEach(() => {
    Date.now = now
  })

  after(() => {
    files.dispose()
    if (TZ === undefined) delete process.env['TZ']
    else process.env['TZ'] = TZ
  })

  function call(method: string, args: string, era: Era): Value {
    const {args: specs, name, run} = METHODS.get(method)!
    const context = {
      era,
      open: connection,
      repo: 'logseq_db_demo',
      warn() {},
      wrong: (argument: string, problem: string) => invalidArgument(name, argument, problem),
    } as unknown as CallContext
    return runSync(
      run(readArguments(name, specs, ['logseq_db_demo', ...(readEdn(args) as Value[])]), context, NO_LIMITS),
    )
  }

  for (const golden of goldenCases('reads.jsonl.gz') as ReadCase[]) {
    if (ELSEWHERE.has(golden.name)) continue
    it(`answer as Logseq does: ${golden.name}`, () => {
      const {clock, era, input, order, output} = golden
      Date.now = () => Date.parse(clock)
      const found = call(input['method'] as string, input['args'] as string, era)
      expect(text(found, order)).to.equal(text(readEdn(output.value as string), order))
    })
  }
})

/** A text that two values share when they are equal but for the order of maps and sets, and of the items if it is free. */
function text(value: Value, order?: 'any'): string {
  const items = value instanceof List ? value.items : Array.isArray(value) ? (value as readonly Value[]) : undefined
  if (items) {
    const shown = items.map((item) => text(item))
    const [start, end] = value instanceof List ? '()' : '[]'
    return `${start}${(order === 'any' ? shown.toSorted() : shown).join(' ')}${end}`
  }

  if (value instanceof ValueSet)
    return `#{${Array.from(value, (item) => text(item))
      .sort()
      .join(' ')}}`
  if (value instanceof ValueMap)
    return `{${Array.from(value, ([key, item]) => `${text(key)} ${text(item)}`)
      .sort()
      .join(', ')}}`
  return writeEdn(value)
}
