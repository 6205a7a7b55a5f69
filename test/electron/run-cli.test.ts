import {spawn} from 'node:child_process'
import {EventEmitter} from 'node:events'
import {PassThrough} from 'node:stream'
import {expect} from 'chai'

import {runCli} from '../../src/electron/run-cli.js'
import {systemClock} from '../../src/lib/clock.js'
import {ServerError} from '../../src/lib/errors.js'
import {ManualClock, settled} from '../support/manual-clock.js'

/** A process that does what a test says. */
// eslint-disable-next-line unicorn/prefer-event-target -- a child process is no EventTarget
class FakeChild extends EventEmitter {
  readonly killed: string[] = []
  readonly stderr = new PassThrough()
  readonly stdout = new PassThrough()

  kill(signal: string): boolean {
    this.killed.push(signal)
    return true
  }

  /** Prints, and ends; its pipes are closed unless something else holds them. */
  end(stdout: string, {code = 0, held = false, signal = null as null | string, stderr = ''} = {}): void {
    this.stdout.write(stdout)
    this.stderr.write(stderr)
    this.emit('exit', signal ? null : code, signal)
    if (held) return
    this.stdout.end()
    this.stderr.end()
  }
}

const OK = JSON.stringify({status: 'ok', data: {pid: 7}})

describe('a call of the command line', () => {
  let calls: {args: readonly string[]; command: string; options: Record<string, unknown>}[]
  let child: FakeChild
  let clock: ManualClock

  beforeEach(() => {
    calls = []
    child = new FakeChild()
    clock = new ManualClock()
  })

  function run(): Promise<Record<string, unknown>> {
    const fake = (command: string, args: readonly string[], options: Record<string, unknown>) => {
      calls.push({args, command, options})
      return child
    }

    return runCli({
      args: ['cli.js', 'server', 'start'],
      clock,
      command: '/app/electron',
      env: {ELECTRON_RUN_AS_NODE: '1'},
      spawn: fake as unknown as typeof spawn,
      timeoutMs: 45_000,
    })
  }

  async function failure(promise: Promise<unknown>): Promise<ServerError> {
    const thrown = await promise.then(
      () => undefined,
      (error: unknown) => error,
    )
    if (thrown instanceof ServerError) return thrown
    throw new Error(`not refused: ${String(thrown)}`)
  }

  it('returns the data of its document', async () => {
    const running = run()
    child.end(`${OK}\n`)
    expect(await running).to.deep.equal({pid: 7})
    expect(calls[0]).to.deep.include({args: ['cli.js', 'server', 'start'], command: '/app/electron'})
    expect(calls[0]!.options).to.deep.include({cwd: '/', env: {ELECTRON_RUN_AS_NODE: '1'}})
  })

  it('throws its error, with its code, hint and details', async () => {
    const running = failure(run())
    child.end(
      JSON.stringify({status: 'error', error: {code: 'repo-locked', hint: 'Close it.', message: 'busy', repo: 'r'}}),
      {
        code: 5,
      },
    )
    expect(await running).to.deep.include({
      code: 'repo-locked',
      details: {repo: 'r'},
      hint: 'Close it.',
      message: 'busy',
    })
  })

  it('keeps the code of an unknown error', async () => {
    const running = failure(run())
    child.end(JSON.stringify({status: 'error', error: {code: 'new-error', message: 'news'}}))
    expect(await running).to.deep.include({code: 'exception', details: {code: 'new-error'}, message: 'news'})
  })

  for (const [what, stdout] of [
    ['nothing', ''],
    ['text', 'Hello, I am the app\n'],
    ['two documents', `${OK}\n${OK}\n`],
    ['a document of another kind', '{"ready": true}'],
    ['a list', '[]'],
    ['half a document', OK.slice(0, -3)],
    ['a status without data', '{"status": "ok"}'],
  ] as const) {
    it(`that prints ${what} is an error that quotes it`, async () => {
      const running = failure(run())
      child.end(stdout, {code: 139, stderr: 'cannot open display'})
      const error = await running
      expect(error.code).to.equal('cli-failed')
      expect(error.message).to.contain('exit code 139')
      expect(error.details).to.deep.include({
        command: '/app/electron',
        printed: stdout.trim() === '' ? 'cannot open display' : stdout.trim(),
      })
    })
  }

  for (const [what, stdout] of [
    ['a line behind it', (document: string) => `${document}\nDebugger attached.\n`],
    ['a line before it', (document: string) => `(node:7) Warning: x\n${document}`],
    ['its end missing', (document: string) => document.slice(0, -4)],
    ['two spaces', (document: string) => document.replace(':', ' :  ') + document],
  ] as const) {
    it(`that prints its document with ${what} is quoted without the token`, async () => {
      const running = failure(run())
      child.end(stdout(JSON.stringify({'auth-token': 'the-secret', data: {'auth-token': 'the-secret'}, status: 'ok'})))
      const error = await running
      expect(error.code).to.equal('cli-failed')
      expect(JSON.stringify(error.details) + error.message + error.stack).not.to.contain('the-secret')
    })
  }

  it('whose kill fails is a failure, and no uncaught error', async () => {
    const running = failure(run())
    await clock.advance(46_000)
    child.emit('error', new Error('kill EPERM'))
    child.emit('error', new Error('kill EPERM'))
    child.stdout.destroy(new Error('read EIO'))
    expect(await running).to.include({code: 'cli-failed'})
  })

  it('that ends by a signal says which', async () => {
    const running = failure(run())
    child.end('', {signal: 'SIGTRAP'})
    expect((await running).message).to.contain('SIGTRAP')
  })

  it('that never returns is asked to end, then killed, in bounded time', async () => {
    const running = failure(run())
    await clock.advance(44_000)
    expect(child.killed).to.deep.equal([])
    await clock.advance(2000)
    expect(child.killed).to.deep.equal(['SIGTERM'])
    await clock.advance(5000)
    expect(child.killed).to.deep.equal(['SIGTERM', 'SIGKILL'])
    expect(await running).to.include({code: 'cli-failed'})
  })

  it('that ends when it is asked to is not killed', async () => {
    const running = failure(run())
    await clock.advance(46_000)
    child.end('')
    expect(await running).to.include({code: 'cli-failed'})
    expect(child.killed).to.deep.equal(['SIGTERM'])
  })

  it('that ended while the app stood still has ended in time', async () => {
    const running = runCli({
      args: ['-e', `console.log(${JSON.stringify(OK)})`],
      clock: systemClock,
      command: process.execPath,
      env: process.env,
      spawn,
      timeoutMs: 3000,
    })
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4000)
    expect(await running).to.deep.equal({pid: 7})
  })

  it('whose pipe something else holds is waited for no longer than a second', async () => {
    const running = run()
    child.end(OK, {held: true})
    await settled()
    await clock.advance(1000)
    expect(await running).to.deep.equal({pid: 7})
  })

  it('of a program that is gone says so, and what may have happened', async () => {
    const running = failure(run())
    child.emit('error', Object.assign(new Error('spawn /app/electron ENOENT'), {code: 'ENOENT'}))
    const error = await running
    expect(error).to.include({code: 'cli-failed'})
    expect(error.message).to.contain('/app/electron cannot be run')
    expect(error.hint).to.contain('updated or moved')
  })

  for (const command of ['/dev/null/node', '/no/such/node', '/']) {
    it(`of ${command}, which is no program, says so`, async () => {
      const call = {args: [], clock: systemClock, command, env: process.env, spawn, timeoutMs: 5000}
      const error = await failure(runCli(call))
      expect(error).to.include({code: 'cli-failed'})
      expect(error.message).to.contain(`${command} cannot be run`)
    })
  }

  it('that prints without end is not kept', async () => {
    const running = failure(run())
    for (let i = 0; i < 40; i++) child.stdout.write('x'.repeat(64 * 1024))
    child.end('')
    expect((await running).details['printed']).to.have.length(500)
  })
})
