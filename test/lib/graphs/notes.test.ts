import {mkdirSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {expect} from 'chai'

import {ServerError} from '../../../src/lib/errors.js'
import {findGraph, findOrMakeGraph, listGraphs} from '../../../src/lib/graphs/locate.js'
import {namesIn} from '../../support/sandbox.js'
import {useSandbox} from '../../support/use.js'

describe('a directory that holds something else than a DB graph', () => {
  const sandbox = useSandbox()

  /** Makes files, and directories where a path ends with a slash. */
  function make(dirName: string, ...paths: string[]): void {
    mkdirSync(join(sandbox.dataDir, dirName), {recursive: true})
    for (const path of paths) {
      const full = join(sandbox.dataDir, dirName, path)
      mkdirSync(path.endsWith('/') ? full : dirname(full), {recursive: true})
      if (!path.endsWith('/')) writeFileSync(full, '')
    }
  }

  function codeOf(action: () => unknown): string {
    try {
      action()
      return 'none'
    } catch (error) {
      if (!(error instanceof ServerError)) throw error
      return error.code
    }
  }

  const find = (repo: string) => codeOf(() => findGraph(repo, sandbox.dataDir))
  const create = (repo: string) => codeOf(() => findOrMakeGraph(repo, sandbox.dataDir))

  for (const [what, paths] of [
    ['a Markdown graph', ['logseq/config.edn', 'pages/a.md', 'journals/2026_11_24.md']],
    ['an empty Markdown graph', ['logseq/', 'pages/', 'journals/']],
    ['a Markdown graph without configuration', ['pages/a.md']],
    [
      'a Markdown graph that was served by mistake',
      ['logseq/', 'pages/', 'db-worker.lock', 'db-worker-node-20261124.log'],
    ],
    ['a Markdown graph with an empty file of that name', ['logseq/', 'pages/', 'db.sqlite']],
    ['an Org file', ['inbox.org']],
    ['a Markdown file', ['README.MD']],
    ['a vault of another program', ['.obsidian/app.json']],
  ] as const) {
    it(`(${what}) is not found as a graph, and no graph is made in it`, () => {
      make('notes', ...paths)
      const before = namesIn(join(sandbox.dataDir, 'notes'))
      expect(create('notes')).to.equal('not-a-db-graph')
      expect(namesIn(join(sandbox.dataDir, 'notes'))).to.deep.equal(before)
      if (!before.includes('db-worker.lock')) {
        expect(find('notes')).to.equal('not-a-db-graph')
        expect(listGraphs(sandbox.dataDir)).to.deep.equal([])
      }
    })
  }

  it('(an older spelling of the name) is refused, too', () => {
    make('my~20notes', 'pages/')
    expect([find('my notes'), create('my notes')]).to.deep.equal(['not-a-db-graph', 'not-a-db-graph'])
    expect(namesIn(sandbox.dataDir)).to.deep.equal(['my~20notes'])
  })

  for (const [what, paths] of [
    ['nothing', []],
    ['other files', ['notes.txt', 'cat.jpg']],
    ['logs, a guard and a search index', ['db-worker-node-20261124.log', 'db-worker.guard', 'search/db.sqlite']],
    ['backups and assets', ['backups/20261124T115903123Z.sqlite', 'assets/a.png', 'db.sqlite-wal', '.DS_Store']],
    ['an import that was killed', ['db.sqlite.0f4c7a3e-1111-4222-8333-444455556666.incoming']],
  ] as const) {
    it(`(${what}) may become a graph`, () => {
      make('demo', ...paths)
      expect([find('demo'), create('demo')]).to.deep.equal(['graph-not-exists', 'none'])
    })
  }

  it('(a DB graph with pages of its own) is a graph', () => {
    make('demo', 'pages/a.md', 'logseq/config.edn')
    writeFileSync(join(sandbox.dataDir, 'demo', 'db.sqlite'), 'a database')
    make('cut', 'db.sqlite', 'pages/a.md', 'backups/')
    for (const repo of ['demo', 'cut']) expect([find(repo), create(repo)], repo).to.deep.equal(['none', 'none'])
  })

  it('is refused as a data directory, unless its graph is there', () => {
    make('.', 'logseq/config.edn', 'pages/a.md', 'journals/')
    for (const repo of ['demo', 'pages', 'journals', 'logseq'])
      expect([repo, find(repo), create(repo)]).to.deep.equal([repo, 'not-a-db-graph', 'not-a-db-graph'])
    make('demo', 'db.sqlite')
    expect(find('demo')).to.equal('none')
  })

  it('(graphs that are called as Logseq calls its directories) is a data directory', () => {
    for (const name of ['logseq', 'pages', 'journals']) make(name, 'db.sqlite')
    expect([find('demo'), create('demo')]).to.deep.equal(['graph-not-exists', 'none'])
  })
})
