import type {ChildProcess} from 'node:child_process'
import {copyFileSync, mkdirSync} from 'node:fs'
import {join} from 'node:path'

import {expect} from 'chai'

import {acquireStartLock} from '../../src/lib/lock/start-lock.js'
import {realSystem} from '../../src/lib/process/system.js'
import {until} from '../support/processes.js'
import type {Ran} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'

/** A command that has to wait, and what it says meanwhile. */
type Row = readonly [line: RegExp, ...args: string[]]

const PATIENT = {LOGSEQ_CLI_TIMEOUT_MS: '120000'}

describe('progress of commands that take over a second', function () {
  this.timeout(300_000)
  const sandbox = useSandbox()

  /** Runs commands side by side while something holds them. Each says so; then they are let go, and succeed. */
  async function runHeld(rows: readonly Row[], release: () => Promise<void> | void): Promise<Ran[]> {
    const said = rows.map(() => '')
    const runs = rows.map(async ([, ...args], i) => {
      const onSpawn = (child: ChildProcess) => {
        child.stderr!.on('data', (chunk: Buffer) => {
          said[i] += String(chunk)
        })
      }

      const ran = await sandbox.run(args, {env: PATIENT, onSpawn})
      said[i] += '\n' // one that has ended waits for nothing
      return ran
    })
    await until(() => said.every((text) => text.includes('\n')), 120_000, 'a line of each command')
    await release()
    const ended = await Promise.all(runs)
    for (const [i, [line, ...args]] of rows.entries()) {
      expect(ended[i]!.stderr, args.join(' ')).to.match(line)
      expect(ended[i]!.code, `${args.join(' ')}: ${ended[i]!.stderr}`).to.equal(0)
    }

    return ended
  }

  async function suspend(...graphs: string[]): Promise<() => void> {
    const pids = await Promise.all(graphs.map(async (graph) => Number((await sandbox.start(graph))['pid'])))
    for (const pid of pids) process.kill(pid, 'SIGSTOP')
    return () => {
      for (const pid of pids) process.kill(pid, 'SIGCONT')
    }
  }

  const to = (graph: string) => ['--repo', graph]

  it('is shown by those that read, while the server does not respond', async () => {
    const resume = await suspend('demo')
    const waiting = /^Waiting for .*\.\.\.$/m
    await runHeld(
      [
        [waiting, 'server', 'list'],
        [waiting, 'server', 'status', ...to('demo')],
        [waiting, 'graph', 'info', ...to('demo')],
        [waiting, 'query', '[:find ?e :where [?e :db/ident]]', ...to('demo')],
        [waiting, 'invoke', 'get-graph-uuid', ...to('demo')],
        [waiting, 'graph', 'check', ...to('demo')],
        [waiting, 'graph', 'backup', ...to('demo')],
        [
          /^(?:Copying demo|Waiting for) .*\.\.\.$/m,
          'graph',
          'export',
          join(sandbox.dir, 'demo.sqlite'),
          ...to('demo'),
        ],
      ],
      resume,
    )
  })

  it('is shown by those that end a server, while it does not respond', async () => {
    const resume = await suspend('one', 'two', 'three', 'four')
    const stopping = (graph: string) =>
      new RegExp(String.raw`^(?:Stopping|Waiting for) the server of ${graph}.*\.\.\.$`, 'm')
    await runHeld(
      [
        [stopping('one'), 'server', 'stop', ...to('one')],
        [stopping('two'), 'server', 'restart', ...to('two')],
        [stopping('three'), 'graph', 'rename', 'other', ...to('three')],
        [stopping('four'), 'graph', 'remove', '--yes', ...to('four')],
      ],
      resume,
    )
  })

  it('is shown by those that begin something, while another command is at it', async () => {
    await sandbox.start('source')
    await sandbox.ok(['graph', 'backup', ...to('source')])
    await sandbox.ok(['server', 'stop', ...to('source')])
    const database = join(sandbox.dir, 'source.sqlite')
    copyFileSync(join(sandbox.graphDir('source'), 'db.sqlite'), database)
    const system = await realSystem()
    const locks = await Promise.all(
      ['source', 'started', 'asked', 'made', 'imported'].map(async (graph) => {
        const dir = sandbox.graphDir(graph)
        mkdirSync(dir, {recursive: true})
        if (graph === 'started' || graph === 'asked') copyFileSync(database, join(dir, 'db.sqlite'))
        const now = system.clock.now()
        return acquireStartLock(system, dir, {deadline: now + 600_000, until: now + 10_000})
      }),
    )
    const waiting = (graph: string) => new RegExp(`^Waiting for another start or stop of ${graph}\\.\\.\\.$`, 'm')
    await runHeld(
      [
        [waiting('started'), 'server', 'start', ...to('started')],
        [waiting('asked'), 'query', '[:find ?e :where [?e :db/ident]]', ...to('asked')],
        [waiting('made'), 'graph', 'create', ...to('made')],
        [waiting('imported'), 'graph', 'import', database, ...to('imported')],
        [waiting('source'), 'graph', 'restore', '--yes', ...to('source')],
      ],
      async () => {
        for (const lock of locks) if ('release' in lock) await lock.release()
      },
    )
  })

  it('is not shown in JSON, with --quiet, and by what is quick', async () => {
    const resume = await suspend('demo')
    const [json, quiet] = await Promise.all([
      sandbox.run(['server', 'status', ...to('demo'), '--json']),
      sandbox.run(['server', 'list', '--quiet']),
    ])
    resume()
    const quick = await sandbox.run(['graph', 'list'])
    expect([json.stderr, quiet.stderr, quick.stderr]).to.deep.equal(['', '', ''])
  })
})
