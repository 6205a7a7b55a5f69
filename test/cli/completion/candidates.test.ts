import {readFileSync} from 'node:fs'
import {expect} from 'chai'

import {completionsOf, type Sources} from '../../../src/cli/completion/candidates.js'
import type {CommandSpec} from '../../../src/cli/line/spec.js'
import {METHODS} from '../../../src/server/methods/all.js'

const {commands: byId} = JSON.parse(readFileSync(new URL('../../../oclif.manifest.json', import.meta.url), 'utf8')) as {
  commands: Record<string, CommandSpec>
}

/** Graphs of data directories other than the usual one. */
const GRAPHS: Record<string, readonly string[]> = {
  '/odd': ['--repo', '--help', '-rx', '-1', '-', '--odd', 'demo'],
  '/other': ['elsewhere'],
}

const SOURCES: Sources = {
  backups: (dataDir, repo) => (repo === 'demo' ? ['20261124T115903123Z', `of ${dataDir ?? 'home'}`] : []),
  graphs: (dataDir) => GRAPHS[dataDir ?? ''] ?? ['demo', 'my notes'],
}

/** What is offered at the end of a line, as words with spaces between them; `files` and `directories` as such. */
function offered(line: string): string | string[] {
  const words = line.split(' ')
  const completion = completionsOf(Object.values(byId), words.slice(0, -1), words.at(-1)!, SOURCES)
  return completion.kind === 'words' ? completion.words.map(({word}) => word) : completion.kind
}

describe('completion of a line', () => {
  for (const [line, expected] of [
    ['serv', ['server']],
    ['he', ['help']],
    ['server ', ['env', 'list', 'logs', 'restart', 'run', 'start', 'status', 'stop']],
    ['server st', ['start', 'status', 'stop']],
    ['server --repo demo sta', ['start', 'status']],
    ['--repo ', ['demo', 'my notes']],
    ['server start --repo ', ['demo', 'my notes']],
    ['server start --repo d', ['demo']],
    ['server start --repo=d', ['demo']],
    ['server start -r ', ['demo', 'my notes']],
    ['server start -g d', ['demo']],
    ['server start -rd', ['-rdemo']],
    ['server start -r=', ['-r=demo', '-r=my notes']],
    ['--data-dir /other server start -g=e', ['-g=elsewhere']],
    ['query -i1', []],
    ['server list -aq', []],
    ['graph backup remove --repo demo 2026', ['20261124T115903123Z']],
    ['graph backup remove a --repo demo 2026', ['20261124T115903123Z']],
    ['graph backup re', ['remove']],
    ['graph import ', 'files'],
    ['graph import x --repo d', ['demo']],
    ['graph restore --file ', 'files'],
    ['graph backup --keep ', []],
    ['server start --graph=', ['demo', 'my notes']],
    ['server start --data-dir /other --repo ', ['elsewhere']],
    ['server start --data-dir /odd --repo ', ['-1', '-', '--odd', 'demo']],
    ['server start --data-dir /odd --repo=--', ['--repo', '--help', '--odd']],
    ['graph switch --data-dir /odd ', ['-1', '-', 'demo']],
    ['graph switch --data-dir /odd -- -', ['--repo', '--help', '-rx', '-1', '-', '--odd']],
    ['server start --repo demo --owner-s', ['--owner-source']],
    ['server start --repo demo --rep', []],
    ['server start --owner-source ', ['cli', 'electron']],
    ['server start --owner-source=e', ['electron']],
    ['server start --timeout 5s --owner-source c', ['cli']],
    ['server start --lifetime ', ['leased', 'persistent']],
    ['server start --timeout ', []],
    ['server start --create=', []],
    ['server start ', []],
    ['server start demo ', []],
    ['server start --data-dir ', 'directories'],
    ['server start --data-dir=', 'directories'],
    ['server start --worker-script ', 'files'],
    ['graph export ', 'files'],
    ['graph export --repo demo ', 'files'],
    ['graph export x.sqlite --format ', ['sqlite', 'edn', 'datoms']],
    ['graph restore --repo demo 2026', ['20261124T115903123Z']],
    ['graph restore --repo=demo --data-dir /d of', ['of /d']],
    ['graph restore ', []],
    ['invoke pul', ['pull']],
    ['invoke pull ', []],
    ['query ', []],
    ['query x --input ', []],
    ['query x --input a --inp', ['--input']],
    ['completion ', ['bash', 'fish', 'zsh']],
    ['help serv', ['server']],
    ['help server sto', ['stop']],
    ['bogus ', []],
    ['server start -- --re', []],
    ['--vers', ['--version']],
  ] as const) {
    it(`${line} offers ${typeof expected === 'string' ? expected : expected.join(', ') || 'nothing'}`, () => {
      expect(offered(line)).to.deep.equal(expected)
    })
  }

  it('offers each word once', () => {
    for (const line of [
      '',
      'server ',
      'graph ',
      'help ',
      'server start -',
      'query -',
      'graph backup -',
      'graph backup ',
    ]) {
      const words = offered(line)
      expect(new Set(words).size, line).to.equal(words.length)
    }
  })
})

describe('completion of a method', () => {
  it('offers each method of the server by its short name', () => {
    const names = [...METHODS.keys()].map((name) => name.replace('thread-api/', ''))
    expect(offered('invoke ')).to.have.members(names)
  })
})
