import {Parser} from '@oclif/core'
import {expect} from 'chai'
import fc from 'fast-check'

import {checkLine} from '../../../src/cli/line/check.js'
import {type CommandSpec, spellingsOf} from '../../../src/cli/line/spec.js'
import {readTokens} from '../../../src/cli/line/tokens.js'
import {type LineDefinition, type LineValues, readValues} from '../../../src/cli/line/values.js'
import GraphExport from '../../../src/commands/graph/export.js'
import Invoke from '../../../src/commands/invoke.js'
import Query from '../../../src/commands/query.js'
import ServerRestart from '../../../src/commands/server/restart.js'
import {manifestCommand} from '../../support/manifest.js'

type Definition = LineDefinition & {strict?: boolean}

async function read(spec: CommandSpec, definition: Definition, argv: readonly string[]): Promise<LineValues> {
  checkLine(spec, argv, {})
  return readValues(definition, readTokens(spellingsOf([spec]), argv), {})
}

const COMMANDS = [
  ['invoke', Invoke],
  ['query', Query],
  ['server:restart', ServerRestart],
  ['graph:export', GraphExport],
] as unknown as [id: string, definition: Definition][]

const VALUES = ['demo', 'x y', '1', '-5', '[*]', '-', 'electron', 'edn', 'leased', '30s', '7', 'ü', 'a=b']

describe('the values of a command line', () => {
  const invoke = (line: string[], environment: Record<string, string> = {}) => {
    const spec = manifestCommand('invoke')
    return readValues(Invoke, readTokens(spellingsOf([spec]), line), environment)
  }

  it('keep the order of the words, whatever else holds the same text', async () => {
    expect((await invoke(['q', '--repo', '1', '2', '1'])).argv).to.deep.equal(['q', '2', '1'])
    expect((await invoke(['q', '2', '1', '2', '--', '1', '--json'])).argv).to.deep.equal('q 2 1 2 1 --json'.split(' '))
  })

  it('are those of the line, else of the environment, else the defaults', async () => {
    const environment = {LOGSEQ_CLI_REPO: 'other', LOGSEQ_CLI_TIMEOUT_MS: '2s'}
    expect((await invoke(['q', '--graph', 'demo'], environment)).flags).to.include({repo: 'demo', timeout: 2000})
    expect((await invoke(['q'], environment)).flags).to.include({repo: 'other'})
    expect((await invoke(['q'], {LOGSEQ_CLI_REPO: ''})).flags)
      .to.include({timeout: 30_000})
      .and.not.have.property('repo')
  })

  it('are those that oclif’s own parser reads', async () => {
    let valid = 0
    for (const [id, definition] of COMMANDS) {
      const spec = manifestCommand(id)
      const spellings = [...spellingsOf([spec])]
      const flag = fc
        .constantFrom(...spellings.filter(([, {name}]) => name !== 'json'))
        .chain(([spelling, {options, type}]): fc.Arbitrary<string[]> => {
          if (type === 'boolean') return fc.constant([spelling])
          const value = fc.constantFrom(...(options ?? VALUES))
          return value.chain((text) => fc.constantFrom<string[]>([spelling, text], [`${spelling}=${text}`]))
        })
      const part = fc.oneof(
        flag,
        fc.constantFrom(...VALUES).map((text) => [text]),
      )
      const line = fc.array(part, {maxLength: 7}).map((parts) => parts.flat())
      await fc.assert(
        fc.asyncProperty(line, async (argv) => {
          let ours: LineValues
          try {
            ours = await read(spec, definition, argv)
          } catch {
            return // not valid: nobody reads it
          }

          valid++
          const theirs = await Parser.parse(argv, {...definition, flags: {...definition.flags}} as never)
          expect({args: ours.args, argv: ours.argv.toSorted(), flags: ours.flags}).to.deep.equal({
            args: theirs.args,
            argv: (theirs.argv as string[]).toSorted(),
            flags: theirs.flags,
          })
        }),
        {numRuns: 300},
      )
    }

    expect(valid).to.be.greaterThan(100)
  })
})
