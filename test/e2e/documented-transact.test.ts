import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

import Invoke from '../../src/commands/invoke.js'
import {useSandbox} from '../support/use.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PAGES = ['README.md', 'docs/cli/logseq-cli.md']

/** The arguments of each `invoke transact` in a text. */
function transacts(text: string): string[] {
  return [...text.matchAll(/(?:invoke|command\.id %>) transact '([^']+)'/g)].map(([, data]) => data!)
}

describe('the examples of transact', function () {
  this.timeout(120_000)
  const sandbox = useSandbox('suite')

  before(async () => {
    await sandbox.ok(['graph', 'create', '--repo', 'demo'])
  })

  for (const page of PAGES) {
    it(`in ${page} are written as they stand there`, async () => {
      const examples = transacts(readFileSync(`${ROOT}${page}`, 'utf8'))
      expect(examples).to.not.be.empty
      for (const data of examples) await sandbox.ok(['invoke', 'transact', data, '--repo', 'demo'])
    })
  }

  it('in the help of invoke are written as they stand there', async () => {
    const examples = transacts(Invoke.examples.join('\n'))
    expect(examples).to.not.be.empty
    for (const data of examples) await sandbox.ok(['invoke', 'transact', data, '--repo', 'demo'])
  })

  it('leave a graph that Logseq finds valid, and report an invalid one', async () => {
    const check = ['graph', 'check', '--validity', '--repo', 'demo']
    expect((await sandbox.ok(check))['validity']).to.include({'fault-count': 0, 'invalid-entities': 0})
    const block = '[{"block/uuid": "~u00000000-0000-4000-8000-0000000000aa", "block/title": "new"}]'
    const refused = await sandbox.fails(['invoke', 'transact', block, '--repo', 'demo'])
    expect(refused).to.include({code: 'invalid-transaction', exit: 2, reason: 'invalid-entity'})
    await sandbox.ok(['invoke', 'transact', block, '{"skip-validate-db?": true}', '--repo', 'demo'])
    const found = await sandbox.fails(check)
    expect(found).to.include({code: 'graph-not-valid', exit: 6})
    expect((found['validity'] as {faults: object[]}).faults[0]).to.include({kind: 'block', title: 'new'})
    const {result} = await sandbox.ok(['invoke', 'validate-db', '--repo', 'demo'])
    expect((result as Record<string, unknown[]>)[':invalid-entity-ids']).to.have.length(1)
  })
})
