import {EventEmitter} from 'node:events'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {homedir, tmpdir} from 'node:os'
import {dirname, join, resolve} from 'node:path'
import {inspect} from 'node:util'
import {expect} from 'chai'

import {createDbWorkerManager} from '../../src/electron/manager.js'
import {type AdapterOptions, realAdapters} from '../../src/electron/real-adapters.js'
import {ServerError} from '../../src/lib/errors.js'

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

  it('has options that a program in JavaScript can forget', () => {
    const all = {cli: '/run.js', dataDir: '/graphs', ownerId: 'me'}
    const create = createDbWorkerManager as (options?: object) => unknown
    for (const [options, name] of [
      [undefined, 'cli'],
      [{...all, cli: undefined}, 'cli'],
      [{...all, dataDir: 5}, 'dataDir'],
      [{...all, ownerId: null}, 'ownerId'],
    ] as const)
      expect(() => create(options))
        .to.throw(ServerError, `The option ${name} is not a text`)
        .with.property('code', 'usage')
    create(all)
  })

  it('is found where the app means it, though it is run in another directory', async () => {
    const args = await argsOf({cli: 'bin/run.js', dataDir: 'graphs'})
    expect(args[0]).to.equal(resolve('bin/run.js'))
    expect(args[args.indexOf('--data-dir') + 1]).to.equal(resolve('graphs'))
  })

  for (const [what, changes] of [
    ['no address', {'base-url': undefined}],
    ['an address of another machine', {'base-url': 'http://10.0.0.1:80'}],
    ['an address with a user', {'base-url': 'http://127.0.0.1:80@10.0.0.1'}],
    ['a pid that is a text', {pid: '7'}],
    ['no graph', {repo: undefined}],
  ] as const) {
    it(`is rejected when it reports ${what}`, async () => {
      const right = {'auth-token': 'the-secret', 'base-url': 'http://127.0.0.1:7', pid: 7, repo: 'logseq_db_a'}
      const data = Object.assign(right, changes)
      const text = JSON.stringify({data, status: 'ok'})
      const cli = join(mkdtempSync(join(tmpdir(), 'logseq-server-test-')), 'run.cjs')
      writeFileSync(cli, `console.log(${JSON.stringify(text)})`)
      try {
        const error = await realAdapters({cli, dataDir: '/graphs', nodePath: process.execPath, ownerId: 'me'})
          .start('logseq_db_a', 'start', false)
          .catch((error_: unknown) => error_)
        expect(error).to.be.instanceOf(ServerError)
        expect((error as ServerError).code).to.equal('cli-failed')
        expect(inspect(error)).not.to.contain('the-secret')
      } finally {
        rmSync(dirname(cli), {recursive: true})
      }
    })
  }

  it('gets the home directory', async () => {
    const args = await argsOf({dataDir: '~/logseq/graphs'})
    expect(args[args.indexOf('--data-dir') + 1]).to.equal(join(homedir(), 'logseq/graphs'))
  })
})
