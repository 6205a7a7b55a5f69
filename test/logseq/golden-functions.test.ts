import {expect} from 'chai'

import type {StoredDatabase} from '../../src/engine/stored-database.js'
import {builtInUuid, identUuid, journalUuid} from '../../src/logseq/derived-uuids.js'
import {dayOfTitle, readsAsDate} from '../../src/logseq/journal-day.js'
import {journalTitle} from '../../src/logseq/journal-title.js'
import {blockName, cleanTitle, identNamePart, uniqueIdent} from '../../src/logseq/names.js'
import {isOrderKey, orderBetween, ordersBetween} from '../../src/logseq/order-keys.js'
import {isPropertyName} from '../../src/logseq/outliner/page-titles.js'
import {
  isAnyProperty,
  isClassIdent,
  isInternalPropertyIdent,
  isLogseqPropertyIdent,
  isPluginPropertyIdent,
  isSettingIdent,
  isUserPropertyIdent,
} from '../../src/logseq/validity/idents.js'
import {isMacro, isUrl} from '../../src/logseq/validity/value-tests.js'
import {readEdn} from '../../src/values/edn-read.js'
import type {Keyword} from '../../src/values/scalars.js'
import {GraphFiles} from '../engine/graph-file.js'
import {UNMET} from '../support/golden-unmet.js'
import {goldenCases, unpackGolden} from '../support/golden.js'

type Arg = null | number | string

const ident = (text: Arg) => readEdn(text as string) as Keyword

const FUNCTIONS: Record<string, (...args: Arg[]) => unknown> = {
  'block-name': (title) => blockName(title as string),
  'builtin-uuid': (title) => builtInUuid(title as string),
  'class-ident': (text) => isClassIdent(ident(text)),
  'create-page-title': (title) => cleanTitle(title as string),
  'ensure-unique-ident': (text) => uniqueIdent(graph, ident(text)),
  'ident-name-part': (title) => identNamePart(title as string),
  'internal-ident': (text) => isInternalPropertyIdent(ident(text)) || isSettingIdent(ident(text)),
  'is-macro': (text) => isMacro(text as string),
  'is-property-attribute': (text) => isAnyProperty(ident(text)),
  'is-url': (text) => isUrl(text as string),
  'journal-day-of-title': (title, format) => dayOfTitle(title as string, format as string) ?? null,
  'journal-title-of-day': (day, format) => journalTitle(day as number, format as string),
  'journal-uuid': (day) => journalUuid(day as number),
  'logseq-property-ident': (text) => isLogseqPropertyIdent(ident(text)),
  'order-between': (a, b) => orderBetween(a as null | string, b as null | string),
  'order-n-between': (a, b, n) => ordersBetween(a as null | string, b as null | string, n as number),
  'order-valid': (key) => (isOrderKey(key as string) ? null : expect.fail('invalid')),
  'plugin-property-ident': (text) => isPluginPropertyIdent(ident(text)),
  'property-name-ok': (name) => isPropertyName(name as string),
  'property-uuid': (text) => identUuid(ident(text)),
  'reads-as-date': (text) => readsAsDate(text as string),
  'user-property-ident': (text) => isUserPropertyIdent(ident(text)),
}

let graph: StoredDatabase

describe('the functions of Logseq on names, idents, days and orders', () => {
  let files: GraphFiles

  before(() => {
    files = new GraphFiles()
    unpackGolden('validity-graph.sqlite', files.path())
    graph = files.connect().db
  })

  after(() => files.dispose())

  for (const {input, name, output} of goldenCases('validity.jsonl.gz')) {
    const call = FUNCTIONS[input['fn'] as string]
    if (!call || UNMET.has(name)) continue
    it(name, () => {
      const args = input['args'] as Arg[]
      if ((output as string).startsWith('{:throws')) expect(() => call(...args)).to.throw()
      else if (input['fn'] === 'order-valid') call(...args)
      else expect(call(...args)).to.deep.equal(readEdn(output as string))
    })
  }
})
