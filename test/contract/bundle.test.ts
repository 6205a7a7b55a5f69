import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

import {Sandbox} from '../support/sandbox.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const {commands} = JSON.parse(readFileSync(join(ROOT, 'oclif.manifest.json'), 'utf8')) as {commands: object}

const ORDINARY = join(ROOT, 'test/fixtures/ordinary.js')

describe('the bundled commands', () => {
  let box: Sandbox

  beforeEach(() => {
    box = new Sandbox()
  })

  afterEach(() => box.dispose())

  it('are all the commands of the manifest', () => {
    const start = readFileSync(join(ROOT, 'bin/run.js'), 'utf8')
    const bundled = /\[('[a-z', ]+')\]\.includes/.exec(start)![1]!.replaceAll("'", '').split(', ')
    expect(bundled.map((name) => `server:${name}`)).to.have.members(Object.keys(commands))
  })

  for (const id of Object.keys(commands)) {
    it(`${id} answers as it does without the bundle`, async () => {
      const args = [...id.split(':'), '--json']
      const [bundled, ordinary] = await Promise.all([box.run(args), box.run(args, {cli: ORDINARY})])
      expect(bundled.stdout).to.equal(ordinary.stdout)
      expect(bundled.code).to.equal(ordinary.code)
      expect(bundled.stdout).to.match(/^\{"status":/)
    })
  }
})
