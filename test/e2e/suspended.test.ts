import type {ChildProcess} from 'node:child_process'
import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {expect} from 'chai'

import {serverStatus} from '../../src/lib/index.js'
import {type Known, lives, until} from '../support/processes.js'
import {useSandbox} from '../support/use.js'

/** Time of the commands, and the longer one for which they are suspended, in ms. */
const TIMEOUT = 1000
const SUSPENDED = 1500

describe('a command that is suspended for longer than its time', () => {
  const sandbox = useSandbox()
  const graph = () => ({dataDir: sandbox.dataDir, repo: 'demo'})
  const status = async () => {
    try {
      return (await serverStatus(graph())).status
    } catch {
      return undefined // the start has not created the graph so far
    }
  }

  /** Runs a command, suspends it as soon as `when` is true, and resumes it when its time is over and `meanwhile` is true. */
  async function suspend(
    args: string[],
    when: () => boolean,
    meanwhile: () => Promise<boolean>,
  ): Promise<Record<string, any>> {
    let child: ChildProcess | undefined
    const ran = sandbox.ok([...args, '--repo', 'demo', '--timeout', String(TIMEOUT)], {
      onSpawn(spawned) {
        child = spawned
      },
    })
    while (!when()) await new Promise(setImmediate)
    child!.kill('SIGSTOP')
    try {
      await until(meanwhile, 15_000, 'what happens meanwhile')
      await sleep(SUSPENDED)
    } finally {
      child!.kill('SIGCONT')
    }

    return ran
  }

  it('reports the server that it has started', async () => {
    const lock = join(sandbox.dataDir, 'demo', 'db-worker.guard')
    const started = await suspend(
      ['server', 'start', '--create'],
      () => existsSync(lock),
      async () => (await status()) === 'ready',
    )
    expect(started).to.include({created: true, graph: 'demo', reused: false})
    expect(await serverStatus(graph())).to.include({pid: started['pid'], status: 'ready'})
  })

  it('reports the server that it has restarted', async () => {
    const {pid} = await sandbox.start()
    const known = sandbox.track(pid as number) as Known
    const restarted = await suspend(
      ['server', 'restart'],
      () => !lives(known),
      async () => true,
    )
    expect(restarted['pid']).to.not.equal(pid)
    expect(await serverStatus(graph())).to.include({pid: restarted['pid'], status: 'ready'})
  })
})
