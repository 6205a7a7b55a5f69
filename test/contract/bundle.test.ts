import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

import {Sandbox} from '../support/sandbox.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const {commands} = JSON.parse(readFileSync(join(ROOT, 'oclif.manifest.json'), 'utf8')) as {commands: object}

const ORDINARY = join(ROOT, 'test/fixtures/ordinary.js')

/** The table of commands in bin/run.js, which is written as JavaScript is. */
function asJson(table: string): string {
  return table
    .replaceAll("'", '"')
    .replaceAll(/(\w+):/g, '"$1":')
    .replaceAll(/,(\s*[}\]])/g, '$1')
}

describe('the bundled commands', () => {
  let box: Sandbox

  beforeEach(() => {
    box = new Sandbox()
  })

  afterEach(() => box.dispose())

  it('are all the commands of the manifest', () => {
    const start = readFileSync(join(ROOT, 'bin/run.js'), 'utf8')
    const [table] = /\{[^}]*\}/.exec(start)!
    const topics = Object.entries(JSON.parse(asJson(table)) as Record<string, string[]>)
    const bundled = topics.flatMap(([topic, names]) =>
      names.length > 0 ? names.map((name) => `${topic}:${name}`) : topic,
    )
    // A command of three words is found by the first two.
    const twoWords = Object.keys(commands).map((id) => id.split(':').slice(0, 2).join(':'))
    expect(bundled).to.have.members([...new Set(twoWords)])
  })

  it('come with the licences of all that is in them', () => {
    const notice = readFileSync(join(ROOT, 'dist/bundle/THIRD-PARTY-NOTICES.txt'), 'utf8')
    const names = ['@oclif/core', 'pino', 'proper-lockfile', 'ps-list', 'string-width', 'valibot']
    for (const name of names) {
      const path = join(ROOT, 'node_modules', name)
      const {version} = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as {version: string}
      expect(notice, name).to.include(`\n${name} ${version}\nLicense: `)
      const licence = readdirSync(path).find((file) => /^licen[cs]e/i.test(file))
      if (licence) expect(notice, name).to.include(readFileSync(join(path, licence), 'utf8').trim())
    }
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
