import {expect} from 'chai'

import {callJson} from '../support/calls.js'
import {writeLimitedCli} from '../support/limited-cli.js'
import {operationsIn, UUID} from '../support/operations.js'
import {page} from '../support/outline.js'
import {useSandbox} from '../support/use.js'

/** A shell counts in blocks of 512 or 1024 bytes. A new graph has 320 KiB, and so has the backup before its first write. */
const SOME_BLOCKS = '-f 1000'
const FEW_BLOCKS = '-f 8'

describe('a shell that limits the size of files', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()
  const operations = operationsIn(sandbox)
  const START = ['server', 'start', '--create', '--repo', 'demo']

  before(function () {
    if (process.platform === 'win32') this.skip()
  })

  it('is named when a graph cannot be created', async () => {
    const error = await sandbox.fails(START, {cli: writeLimitedCli(sandbox.dir, FEW_BLOCKS)})
    expect(error).to.include({code: 'server-start-failed', exit: 6})
    expect(error['reason']).to.include({code: 'disk-failed'})
    expect(error.message).to.include('too large')
    expect(error.hint).to.include('ulimit -f')
    expect(await sandbox.ok(START)).to.include({created: true})
  })

  it('is named when a write fails, and nothing that was written is lost', async () => {
    await sandbox.ok(START, {cli: writeLimitedCli(sandbox.dir, SOME_BLOCKS)})
    const write = async (title: string) => {
      const {json} = await callJson(operations.placeOf(), 'transact', 'demo', [page(UUID, title)])
      return json.error as undefined | {code: string; errno: string; message: string}
    }

    let last = ''
    for (let i = 0; ; i++) {
      const title = `${i} ${'x'.repeat(100_000)}`
      const error = await write(title)
      if (!error) {
        last = title
        continue
      }

      expect(error).to.include({code: 'disk-failed', errno: 'EFBIG'})
      expect(error.message).to.include('too large')
      break
    }

    const tx = JSON.stringify([{'block/uuid': `~u${UUID}`, 'block/title': 'x'.repeat(100_000)}])
    const {hint} = await sandbox.fails(['invoke', 'transact', tx, '--repo', 'demo'])
    expect(hint).to.include('ulimit -f')
    expect(last).not.to.equal('')
    expect(await operations.titleOf()).to.equal(last)
    await sandbox.ok(['server', 'restart', '--repo', 'demo'])
    expect(await operations.titleOf()).to.equal(last)
    expect(await write('without a limit')).to.equal(undefined)
  })

  it('is named when a backup fails', async () => {
    await sandbox.start()
    const {pid} = await sandbox.ok(['server', 'restart', '--repo', 'demo'], {
      cli: writeLimitedCli(sandbox.dir, '-f 200'),
    })
    expect(pid).to.be.a('number')
    const error = await sandbox.fails(['graph', 'backup', '--repo', 'demo'])
    expect(error).to.include({code: 'data-dir-permission', errno: 'EFBIG'})
    expect(error.hint).to.include('ulimit -f')
  })
})
