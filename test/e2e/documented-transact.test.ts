import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

import Invoke from '../../src/commands/invoke.js'
import {Sandbox} from '../support/sandbox.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const PAGES = ['README.md', 'docs/cli/logseq-cli.md']

/** The arguments of each `invoke transact` in a text. */
function transacts(text: string): string[] {
  return [...text.matchAll(/(?:invoke|command\.id %>) transact '([^']+)'/g)].map(([, data]) => data!)
}

describe('the examples of transact', function () {
  this.timeout(120_000)
  let box: Sandbox

  before(async () => {
    box = new Sandbox()
    await box.ok(['graph', 'create', '--repo', 'demo'])
  })

  after(() => box.dispose())

  for (const page of PAGES) {
    it(`in ${page} are written as they stand there`, async () => {
      const examples = transacts(readFileSync(`${ROOT}${page}`, 'utf8'))
      expect(examples).to.not.be.empty
      for (const data of examples) await box.ok(['invoke', 'transact', data, '--repo', 'demo'])
    })
  }

  it('in the help of invoke are written as they stand there', async () => {
    const examples = transacts(Invoke.examples.join('\n'))
    expect(examples).to.not.be.empty
    for (const data of examples) await box.ok(['invoke', 'transact', data, '--repo', 'demo'])
  })
})
