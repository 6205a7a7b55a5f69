import {once} from 'node:events'
import {closeSync, openSync} from 'node:fs'
import {text} from 'node:stream/consumers'
import {expect} from 'chai'

import {CLI} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'
import {fixtureWorker} from '../support/workers.js'

describe('a command whose output cannot be written', () => {
  const sandbox = useSandbox()

  /** Runs the CLI with nobody at the other end of stdout and stderr. @returns its exit code */
  async function unread(...args: string[]): Promise<null | number> {
    const child = sandbox.spawn(process.execPath, [CLI, ...args], {
      env: {...process.env, HOME: sandbox.dir, LOGSEQ_CLI_DATA_DIR: sandbox.dataDir},
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout!.destroy()
    child.stderr!.destroy()
    const [code] = (await once(child, 'exit')) as [null | number]
    return code
  }

  it('because its reader has gone does what it was asked to', async () => {
    expect(await unread('server', 'start', '--repo', 'demo', '--create', '--debug')).to.equal(0)
    expect(await sandbox.ok(['server', 'status', '--repo', 'demo'])).to.include({status: 'ready'})
    expect(await unread('server', 'stop', '--repo', 'demo')).to.equal(0)
  })

  it('because its reader has gone fails with the exit code that it would have had', async () => {
    expect(await unread('server', 'status', '--repo', 'nowhere')).to.equal(2)
    expect(await unread('server', 'status', '--repo', 'nowhere', '--json')).to.equal(2)
    expect(await unread('server', 'nonsense')).to.equal(2)
    expect(await unread('server', 'nonsense', '--json')).to.equal(2)
  })

  describe('because the disk is full', () => {
    /** Runs the CLI with a full disk behind stdout or stderr. */
    async function onFullDisk(stream: 'stderr' | 'stdout', args: string[], more: Record<string, string> = {}) {
      const full = openSync('/dev/full', 'w')
      const child = sandbox.spawn(process.execPath, [CLI, ...args], {
        env: {...process.env, HOME: sandbox.dir, LOGSEQ_CLI_DATA_DIR: sandbox.dataDir, ...more},
        stdio: ['ignore', stream === 'stdout' ? full : 'pipe', stream === 'stderr' ? full : 'pipe'],
      })
      closeSync(full)
      const [reported, [code]] = await Promise.all([text((child.stdout ?? child.stderr)!), once(child, 'exit')])
      return {code: code as null | number, reported}
    }

    it('does what it was asked to, but does not call a lost result a success', async () => {
      for (const json of [[], ['--json']]) {
        const {code, reported} = await onFullDisk('stdout', ['server', 'start', '--repo', 'demo', '--create', ...json])
        expect(reported).to.match(/^Error \(exception\): Cannot write the output: .*no space.*\nHint: .*\n$/m)
        expect(code).to.equal(1)
        expect(await sandbox.ok(['server', 'stop', '--repo', 'demo'])).to.include({graph: 'demo'})
      }
    })

    it('keeps the exit code of what failed', async () => {
      const {code} = await onFullDisk('stdout', ['server', 'status', '--repo', 'nowhere', '--json'])
      expect(code).to.equal(2)
    })

    it('ends what would go on for ever', async () => {
      await sandbox.start('a')
      for (const json of [[], ['--json']])
        expect((await onFullDisk('stdout', ['server', 'list', '--watch', ...json])).code).to.equal(1)
    })

    it('goes on where only what it says meanwhile is lost', async () => {
      const slow = {LOGSEQ_DB_WORKER_NODE_SCRIPT: fixtureWorker('slow/db-worker-node.js'), SLOW_MS: '2500'}
      const {code, reported} = await onFullDisk('stderr', ['server', 'start', '--repo', 'demo', '--create'], slow)
      expect(reported).to.match(/^Server started: demo/)
      expect(code).to.equal(0)
    })
  })
})
