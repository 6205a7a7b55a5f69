import {createHash} from 'node:crypto'
import {chmodSync, mkdirSync, realpathSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {ServerError} from '../../../src/lib/errors.js'
import {findGraph, findOrMakeGraph, listGraphs, listServedGraphs} from '../../../src/lib/graphs/locate.js'
import {evaluate, needsRoot, NOBODY} from '../../support/fake-user.js'
import {namesIn} from '../../support/sandbox.js'
import {useSandbox} from '../../support/use.js'

describe('where a graph is kept', () => {
  const sandbox = useSandbox()

  /** Makes a directory that holds a graph, as far as finding it goes. */
  function makeGraph(dirName: string, file = 'db.sqlite'): string {
    const dir = join(sandbox.dataDir, dirName)
    mkdirSync(dir, {recursive: true})
    writeFileSync(join(dir, file), '')
    return dir
  }

  function errorOf(action: () => unknown): ServerError {
    try {
      action()
    } catch (error) {
      if (error instanceof ServerError) return error
      throw error
    }

    throw new Error('it was not refused')
  }

  it('finds a graph by both spellings of its name', () => {
    const dir = makeGraph('demo')
    for (const repo of ['demo', 'logseq_db_demo', ' demo ']) {
      expect(findGraph(repo, sandbox.dataDir)).to.deep.equal({
        dataDir: sandbox.dataDir,
        dir,
        id: createHash('sha256').update(dir).digest('hex'),
        name: 'demo',
        repo: 'logseq_db_demo',
        warnings: [],
      })
    }
  })

  it('uses an older spelling of the directory when it alone exists', () => {
    const dir = makeGraph('My~20Notes')
    const found = findGraph('My Notes', sandbox.dataDir)
    expect(found).to.include({dir, name: 'My Notes'})
    expect(found.warnings).to.deep.equal([])
    expect(findOrMakeGraph('My Notes', sandbox.dataDir).dir).to.equal(dir)
    expect(namesIn(sandbox.dataDir)).to.deep.equal(['My~20Notes'])
  })

  it('uses today’s spelling when both exist, and warns', () => {
    makeGraph('My~20Notes')
    const dir = makeGraph('My Notes')
    const found = findGraph('My Notes', sandbox.dataDir)
    expect(found.dir).to.equal(dir)
    expect(found.warnings).to.have.length(1)
    expect(found.warnings[0]).to.include('"My~20Notes"')
  })

  it('prefers an older spelling that holds a graph to an empty directory of today’s', () => {
    const dir = makeGraph('My~20Notes')
    mkdirSync(join(sandbox.dataDir, 'My Notes'))
    expect(findGraph('My Notes', sandbox.dataDir)).to.deep.include({dir, warnings: []})
  })

  it('makes the directory of a new graph as Logseq names it today', () => {
    expect(findOrMakeGraph('My Notes/é', sandbox.dataDir).dir).to.equal(join(sandbox.dataDir, 'My Notes~2F~C3~A9'))
    expect(namesIn(sandbox.dataDir)).to.deep.equal(['My Notes~2F~C3~A9'])
  })

  it('a directory without a database is not there', () => {
    mkdirSync(join(sandbox.dataDir, 'demo'))
    expect(errorOf(() => findGraph('demo', sandbox.dataDir)).code).to.equal('graph-not-exists')
    expect(findOrMakeGraph('demo', sandbox.dataDir).dir).to.equal(join(sandbox.dataDir, 'demo'))
  })

  it('a server’s record alone makes its graph visible, so that it can be stopped', () => {
    const dir = makeGraph('demo', 'db-worker.lock')
    expect(findGraph('demo', sandbox.dataDir).dir).to.equal(dir)
  })

  it('makes nothing when there is no graph, and names the nearest one', () => {
    makeGraph('my notes')
    const error = errorOf(() => findGraph('my ntoes', sandbox.dataDir))
    expect(error).to.include({code: 'graph-not-exists', exit: 2})
    expect(error.details).to.include({graph: 'my ntoes', nearest: 'my notes', repo: 'logseq_db_my ntoes'})
    expect(error.hint).to.include('"my notes"')
    expect(namesIn(sandbox.dataDir)).to.deep.equal(['my notes'])
  })

  it('does not name a directory that holds no graph as the one that was meant', () => {
    makeGraph('demos')
    for (const dir of ['demo', 'dem']) mkdirSync(join(sandbox.dataDir, dir))
    expect(errorOf(() => findGraph('demo', sandbox.dataDir)).details).to.include({nearest: 'demos'})
  })

  it('says how to make a graph when none is like it, if the operation can', () => {
    const error = errorOf(() => findGraph('demo', sandbox.dataDir, true))
    expect(error.details).not.to.have.property('nearest')
    expect(error.hint).to.include('`logseq COMMAND --create`')
    makeGraph('demos')
    expect(errorOf(() => findGraph('demo', sandbox.dataDir, true)).hint).to.include('`logseq COMMAND --create`')
  })

  it('suggests no creation to an operation that never creates', () => {
    expect(errorOf(() => findGraph('demo', sandbox.dataDir)).hint)
      .to.include('graph list')
      .and.not.include('create')
    makeGraph('demos')
    expect(errorOf(() => findGraph('demo', sandbox.dataDir)).hint).not.to.include('create')
  })

  it('makes no data directory when it only looks', () => {
    const missing = join(sandbox.dir, 'no', 'such')
    expect(errorOf(() => findGraph('demo', missing)).code).to.equal('graph-not-exists')
    expect(listGraphs(missing)).to.deep.equal([])
    expect(namesIn(sandbox.dir)).to.deep.equal(['graphs'])
  })

  for (const repo of ['', '.', '..', 'logseq_db_.', 'logseq_db_..', '\uFFFD', 'a'.repeat(300), 'é'.repeat(60)]) {
    it(`refuses ${JSON.stringify(repo).slice(0, 24)}, and writes nothing anywhere`, () => {
      for (const action of [findGraph, findOrMakeGraph]) {
        expect(errorOf(() => action(repo, sandbox.dataDir))).to.include({code: 'invalid-graph-name', exit: 2})
      }

      expect(namesIn(sandbox.dir)).to.deep.equal(['graphs'])
      expect(namesIn(sandbox.dataDir)).to.deep.equal([])
    })
  }

  for (const repo of ['backup', 'Unlinked graphs', 'logseq_local_x', 'logseq_db_logseq_db_x']) {
    it(`does not make a graph that Logseq would never list: ${repo}`, () => {
      expect(errorOf(() => findOrMakeGraph(repo, sandbox.dataDir)).code).to.equal('invalid-graph-name')
      expect(namesIn(sandbox.dataDir)).to.deep.equal([])
    })
  }

  it('is one graph through every link to its data directory', () => {
    const dir = makeGraph('demo')
    const link = join(sandbox.dir, 'link to graphs')
    symlinkSync(sandbox.dataDir, link)
    const direct = findGraph('demo', sandbox.dataDir)
    expect(findGraph('demo', link)).to.deep.equal(direct)
    expect(findGraph('demo', `${link}/`)).to.deep.equal(direct)
    expect(direct.dir).to.equal(realpathSync(dir))
  })

  it('is one graph through a link to its own directory', () => {
    const elsewhere = join(sandbox.dir, 'elsewhere')
    mkdirSync(elsewhere)
    writeFileSync(join(elsewhere, 'db.sqlite'), '')
    symlinkSync(elsewhere, join(sandbox.dataDir, 'demo'))
    expect(findGraph('demo', sandbox.dataDir).dir).to.equal(elsewhere)
  })

  it('lists every graph once, in the order of their names, and nothing else', () => {
    for (const dir of ['zebra', 'My Notes', 'My~20Notes', 'logseq_db_x', 'backup', '100~', '~e9']) makeGraph(dir)
    mkdirSync(join(sandbox.dataDir, 'no graph'))
    writeFileSync(join(sandbox.dataDir, 'a file'), '')
    expect(listGraphs(sandbox.dataDir).map(({name}) => name)).to.deep.equal(['My Notes', 'zebra'])
  })

  it('lists the graphs there are, whatever else stands beside them', () => {
    for (const dir of ['demo', '~00', '~EF~BF~BD', '~2E~2E', 'a'.repeat(250)]) makeGraph(dir)
    expect(listGraphs(sandbox.dataDir).map(({name}) => name)).to.deep.equal(['a'.repeat(250), 'demo'])
  })

  it('does not take a name with a space at its end for the one without', () => {
    makeGraph('demo')
    makeGraph('demo ')
    const leading = makeGraph(' demo')
    expect(listGraphs(sandbox.dataDir).map(({dir}) => dir)).to.deep.equal([leading, join(sandbox.dataDir, 'demo')])
  })

  it('lists those with the record of a server, under whatever spelling or link it is, once', () => {
    for (const dir of ['idle', 'served', 'My~20Notes']) makeGraph(dir)
    for (const dir of ['served', 'My~20Notes']) writeFileSync(join(sandbox.dataDir, dir, 'db-worker.lock'), '{}')
    symlinkSync('served', join(sandbox.dataDir, 'link'))
    symlinkSync('idle', join(sandbox.dataDir, 'link to idle'))
    const served = listGraphs(sandbox.dataDir).filter(({name}) => name !== 'idle')
    expect(served.map(({name}) => name)).to.deep.equal(['My Notes', 'served'])
    expect(listServedGraphs(sandbox.dataDir)).to.deep.equal(served)
  })

  it('finds a name whose older spelling is too long for the file system', () => {
    const name = `a${' b'.repeat(70)}`
    const dir = makeGraph(name)
    expect(findGraph(name, sandbox.dataDir).dir).to.equal(dir)
    expect(listGraphs(sandbox.dataDir).map((graph) => graph.name)).to.deep.equal([name])
  })

  describe('that another user has closed', () => {
    beforeEach(function () {
      needsRoot(this)
      makeGraph('demo')
      makeGraph('open')
      for (const [path, mode] of [
        [sandbox.dir, 0o755],
        [sandbox.dataDir, 0o755],
        [join(sandbox.dataDir, 'demo'), 0o700],
      ] as const) {
        chmodSync(path, mode)
      }
    })

    it('is there, not missing', () => {
      const seen = evaluate<{thrown: unknown}>(
        ['lib/graphs/locate.ts'],
        `m0.findGraph('demo', '${sandbox.dataDir}')`,
        NOBODY,
      )
      expect(seen.thrown).to.include({code: 'data-dir-permission'})
    })

    it('does not hide the others', () => {
      const list = (listing: string) =>
        evaluate<{name: string}[]>(['lib/graphs/locate.ts'], `m0.${listing}('${sandbox.dataDir}')`, NOBODY)
      expect(list('listGraphs').map(({name}) => name)).to.deep.equal(['demo', 'open'])
      expect(list('listServedGraphs').map(({name}) => name)).to.deep.equal(['demo'])
    })
  })
})
