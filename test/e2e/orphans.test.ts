import {mkdirSync, symlinkSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {graphId} from '../../src/lib/graphs/locate.js'
import {startServer} from '../../src/lib/index.js'
import {realSystem, type System} from '../../src/lib/process/system.js'
import {LOOK_ALIKES, ofAnotherUser} from '../support/decoy-processes.js'
import {NOBODY} from '../support/fake-user.js'
import {operationsIn} from '../support/operations.js'
import {argvOf, end, know, type Known, lives} from '../support/processes.js'
import {Sandbox} from '../support/sandbox.js'
import {graphArgs, ORPHAN, serversOf, spawnThere} from '../support/unrelated-programs.js'

/** SIGTERM, three seconds, SIGKILL: three times what it takes to end an orphan that does not listen. */
const STUBBORN_MS = 3 * 3000

/** Three times what a person expects of a restart. */
const RESTART_MS = 3 * 2500

describe('orphans', () => {
  let sandbox: Sandbox

  afterEach(() => sandbox.dispose())

  /** A process with the very arguments of a server that the CLI started. It stays: a real one ends itself without its record. */
  async function leftOver(...args: string[]): Promise<Known> {
    const {pid} = await sandbox.start('demo', ...args)
    const argv = argvOf(pid as number)
    await operationsIn(sandbox).stop()
    return spawnThere(sandbox, ORPHAN, argv.slice(2))
  }

  /** Looks whether one server is left, the one that was started. */
  function expectOnly(started: Record<string, any>, graph = 'demo'): void {
    expect(serversOf(sandbox, graph).map(({pid}) => pid)).to.deep.equal([started['pid']])
    expect(sandbox.record(graph)).to.include({pid: started['pid']})
  }

  describe('a server of ours that no record names', () => {
    const dirs = [
      ['a data directory', 'graphs'],
      ['spaces in its path', 'my graphs  here'],
      ['letters beyond ASCII in its path', 'Größe 日本語 😀'],
      ['a line break in its path', 'two\nlines'],
      ['quotes and dollars in its path', `it's "$HOME" \`x\` --repo`],
    ] as const
    for (const [what, name] of dirs) {
      it(`is ended and replaced when it has ${what}`, async () => {
        sandbox = new Sandbox(name)
        const orphan = await leftOver()
        const started = await sandbox.start()
        expect(started).to.deep.include({'orphan-scan': 'done', 'orphans-terminated': [orphan.pid], reused: false})
        expect(lives(orphan)).to.equal(false)
        expectOnly(started)
      })
    }

    const spellings = [
      ['a link', 'the real path', 'link/graphs', 'graphs'],
      ['the real path', 'a link', 'graphs', 'link/graphs'],
      ['a trailing slash', 'none', 'graphs//', 'graphs'],
      ['a relative path', 'the real path', './link/../graphs', 'graphs'],
    ] as const
    for (const [first, second, then, now] of spellings) {
      it(`is ended and replaced when it was started by ${first} and looked for by ${second}`, async () => {
        sandbox = new Sandbox()
        symlinkSync(sandbox.dir, join(sandbox.dir, 'link'))
        const orphan = await leftOver('--data-dir', then)
        const started = await sandbox.start('demo', '--data-dir', join(sandbox.dir, now))
        expect(started).to.deep.include({'orphan-scan': 'done', 'orphans-terminated': [orphan.pid]})
        expectOnly(started)
      })
    }
  })

  describe('a server that was started by hand', () => {
    beforeEach(() => {
      sandbox = new Sandbox()
      mkdirSync(join(sandbox.dataDir, 'demo'))
      symlinkSync(sandbox.dir, join(sandbox.dir, 'link'))
    })

    const calls: [string, () => string[]][] = [
      ['as Logseq’s clients do', () => graphArgs(sandbox)],
      ['by a link', () => graphArgs(sandbox, 'demo', join(sandbox.dir, 'link', 'graphs'))],
      ['with a trailing slash', () => graphArgs(sandbox, 'demo', `${sandbox.dataDir}/`)],
      ['by a relative path', () => graphArgs(sandbox, 'demo', 'graphs')],
      ['by its root directory', () => ['--repo', 'logseq_db_demo', '--root-dir', sandbox.dir]],
      ['by its short name', () => ['--repo', 'demo', '--data-dir', sandbox.dataDir]],
      ['by its graph id', () => ['--repo', 'x', '--data-dir', '/', '--graph-id', graphId(sandbox.graphDir())]],
    ]
    for (const [how, args] of calls) {
      it(`${how} is found`, async () => {
        const orphan = await spawnThere(sandbox, ORPHAN, args())
        const started = await sandbox.start()
        expect(started).to.deep.include({'orphan-scan': 'done', 'orphans-terminated': [orphan.pid]})
        expect(lives(orphan)).to.equal(false)
      })
    }
  })

  describe('what is left of a server', () => {
    beforeEach(() => {
      sandbox = new Sandbox()
    })

    it('may be two at once, of any owner', async () => {
      const server = know((await sandbox.start('demo', '--owner-source', 'electron'))['pid'] as number)!
      process.kill(server.pid, 'SIGSTOP') // so that it does not end itself
      sandbox.removeRecord()
      const orphans = [server, await spawnThere(sandbox, ORPHAN, graphArgs(sandbox))]
      const started = await sandbox.start()
      expect(started['orphans-terminated']).to.have.members(orphans.map(({pid}) => pid))
      expectOnly(started)
    })

    it('may be a server that is about to end itself', async () => {
      const server = know((await sandbox.start())['pid'] as number)!
      sandbox.removeRecord()
      const started = await sandbox.start()
      expect([[], [server.pid]]).to.deep.include(started['orphans-terminated'])
      expect(started).to.include({'orphan-scan': 'done', reused: false})
      expectOnly(started)
    })

    it('may not listen to SIGTERM', async () => {
      const orphan = await spawnThere(sandbox, ORPHAN, graphArgs(sandbox), {IGNORE_SIGTERM: '1'})
      const ran = await sandbox.json(['server', 'start', '-r', 'demo', '--create'])
      expect(ran.data).to.deep.include({'orphans-terminated': [orphan.pid]})
      expect(lives(orphan)).to.equal(false)
      expect(ran.ms).to.be.lessThan(STUBBORN_MS + RESTART_MS)
      expectOnly(ran.data)
    })

    it('does not keep a restart waiting', async () => {
      await sandbox.start()
      await operationsIn(sandbox).stop()
      const orphan = await spawnThere(sandbox, ORPHAN, graphArgs(sandbox))
      const ran = await sandbox.json(['server', 'restart', '-r', 'demo'])
      expect(ran.data).to.deep.include({'orphan-scan': 'done', 'orphans-terminated': [orphan.pid], reused: false})
      expect(ran.ms).to.be.lessThan(RESTART_MS)
      expectOnly(ran.data)
    })

    it('is reported by status, and by a stop, which leaves it alone', async () => {
      await sandbox.start()
      await operationsIn(sandbox).stop()
      const orphan = await spawnThere(sandbox, ORPHAN, graphArgs(sandbox))
      const status = await sandbox.ok(['server', 'status', '-r', 'demo'])
      expect(status).to.deep.include({orphans: [orphan.pid], status: 'stopped'})
      expect((await sandbox.run(['server', 'status', '-r', 'demo'])).stdout).to.contain(`pid ${orphan.pid}`)

      const error = await sandbox.fails(['server', 'stop', '-r', 'demo'])
      expect(error).to.deep.include({code: 'server-not-found', exit: 3, orphans: [orphan.pid]})
      expect(error.message).to.contain(`pid ${orphan.pid}`)
      expect(error.hint).to.contain('server start')
      expect(lives(orphan)).to.equal(true)
    })
  })

  describe('what is not an orphan', () => {
    beforeEach(() => {
      sandbox = new Sandbox()
    })

    it('a graph whose name begins with this one’s, and the other way round', async () => {
      for (const graph of ['my', 'my notes', 'my notes 2']) mkdirSync(sandbox.graphDir(graph))
      const [first, longest] = [
        await spawnThere(sandbox, ORPHAN, graphArgs(sandbox, 'my')),
        await spawnThere(sandbox, ORPHAN, graphArgs(sandbox, 'my notes 2')),
      ]
      const notes = await sandbox.start('my notes')
      expect(notes['orphans-terminated']).to.deep.equal([])
      expect((await sandbox.start('my'))['orphans-terminated']).to.deep.equal([first.pid])
      expect(lives(longest)).to.equal(true)
      expect(await sandbox.ok(['server', 'status', '-r', 'my notes'])).to.include({pid: notes['pid'], status: 'ready'})
    })

    it('a graph of the same name in another data directory', async () => {
      const other = await spawnThere(sandbox, ORPHAN, graphArgs(sandbox, 'demo', join(sandbox.dir, 'other')))
      mkdirSync(join(sandbox.dir, 'other', 'demo'), {recursive: true})
      expect((await sandbox.start())['orphans-terminated']).to.deep.equal([])
      expect(lives(other)).to.equal(true)
    })

    it('a process whose command line only contains all the words', async () => {
      mkdirSync(join(sandbox.dataDir, 'demo'))
      const words = [ORPHAN, ...graphArgs(sandbox), '--owner-source', 'cli', '--graph-id', graphId(sandbox.graphDir())]
      const all = await Promise.all(
        LOOK_ALIKES.map(async ({name, start}) => ({known: await start(sandbox, words), name})),
      )
      const orphan = await spawnThere(sandbox, ORPHAN, graphArgs(sandbox))
      const started = await sandbox.start()
      expect(all.filter(({known}) => !lives(known)).map(({name}) => name)).to.deep.equal([])
      expect(started['orphans-terminated']).to.deep.equal([orphan.pid])
    })

    it('a server of another user', async function () {
      if (process.getuid?.() !== 0) {
        console.log('      skipped: only root can start a process of another user')
        this.skip()
      }

      mkdirSync(join(sandbox.dataDir, 'demo'))
      const theirs = await ofAnotherUser(sandbox, NOBODY, graphArgs(sandbox))
      expect((await sandbox.start())['orphans-terminated']).to.deep.equal([])
      expect(lives(theirs)).to.equal(true)
    })

    /** The machine as it is, but for something that happens between the look at all processes and what follows. */
    async function meanwhile(happens: () => Promise<void> | void): Promise<{signalled: number[]; system: System}> {
      const real = await realSystem()
      const signalled: number[] = []
      const list = async () => {
        const all = await real.processes.list()
        await happens()
        return all
      }

      const signal: System['signal'] = (pid, name) => {
        signalled.push(pid)
        return real.signal(pid, name)
      }

      return {signalled, system: {...real, processes: {...real.processes, list}, signal}}
    }

    it('a server that a record names by the time it would be ended: it is reused', async () => {
      const started = await sandbox.start()
      const record = sandbox.record()!
      sandbox.removeRecord()
      const {signalled, system} = await meanwhile(() => sandbox.writeRecord(record))
      const reused = await startServer({dataDir: sandbox.dataDir, repo: 'demo', system})
      expect(reused).to.deep.include({'orphans-terminated': [], pid: started['pid'], reused: true})
      expect(signalled).to.deep.equal([])
    })

    it('a server that has gone by the time it would be ended: its pid is not signalled', async () => {
      const orphan = await spawnThere(sandbox, ORPHAN, graphArgs(sandbox))
      const {signalled, system} = await meanwhile(() => end(orphan))
      const started = await startServer({create: true, dataDir: sandbox.dataDir, repo: 'demo', system})
      sandbox.track(started.pid)
      expect(started).to.deep.include({'orphans-terminated': [], reused: false})
      expect(signalled).to.deep.equal([])
    })
  })
})
