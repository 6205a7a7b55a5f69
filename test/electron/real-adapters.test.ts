import {EventEmitter} from 'node:events'
import {homedir} from 'node:os'
import {join, resolve} from 'node:path'
import {expect} from 'chai'

import {type AdapterOptions, realAdapters} from '../../src/electron/real-adapters.js'

describe('the command line that an app runs', () => {
  /** The arguments with which a stop would be run. */
  async function argsOf(options: Partial<AdapterOptions>): Promise<string[]> {
    let seen: string[] = []
    const spawn = (_: string, args: string[]) => {
      seen = args
      // eslint-disable-next-line unicorn/prefer-event-target -- a child process is no EventTarget
      const child = new EventEmitter()
      setImmediate(() => child.emit('error', new Error('not run at all')))
      return child
    }

    const all = {cli: '/run.js', dataDir: '/graphs', ownerId: 'me', ...options, spawn: spawn as never}
    await realAdapters(all)
      .stop('logseq_db_a')
      .catch(() => {}) // as it has to be
    return seen
  }

  it('is found where the app means it, though it is run in another directory', async () => {
    const args = await argsOf({cli: 'bin/run.js', dataDir: 'graphs'})
    expect(args[0]).to.equal(resolve('bin/run.js'))
    expect(args[args.indexOf('--data-dir') + 1]).to.equal(resolve('graphs'))
  })

  it('is told of the home directory', async () => {
    const args = await argsOf({dataDir: '~/logseq/graphs'})
    expect(args[args.indexOf('--data-dir') + 1]).to.equal(join(homedir(), 'logseq/graphs'))
  })
})
