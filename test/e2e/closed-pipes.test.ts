import {once} from 'node:events'
import {expect} from 'chai'

import {CLI, Sandbox} from '../support/sandbox.js'

describe('a command whose reader has gone', () => {
  let box: Sandbox

  beforeEach(() => {
    box = new Sandbox()
  })

  afterEach(() => box.dispose())

  /** Runs the CLI with nobody at the other end of stdout and stderr. @returns its exit code */
  async function unread(...args: string[]): Promise<null | number> {
    const child = box.spawn(process.execPath, [CLI, ...args], {
      env: {...process.env, HOME: box.dir, LOGSEQ_CLI_DATA_DIR: box.dataDir},
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout!.destroy()
    child.stderr!.destroy()
    const [code] = (await once(child, 'exit')) as [null | number]
    return code
  }

  it('does what it was asked to', async () => {
    expect(await unread('server', 'start', '--repo', 'demo', '--create', '--debug')).to.equal(0)
    expect(await box.ok(['server', 'status', '--repo', 'demo'])).to.include({status: 'ready'})
    expect(await unread('server', 'stop', '--repo', 'demo')).to.equal(0)
  })

  it('fails with the exit code that it would have had', async () => {
    expect(await unread('server', 'status', '--repo', 'nowhere')).to.equal(2)
    expect(await unread('server', 'status', '--repo', 'nowhere', '--json')).to.equal(2)
    expect(await unread('server', 'nonsense')).to.equal(2)
    expect(await unread('server', 'nonsense', '--json')).to.equal(2)
  })
})
