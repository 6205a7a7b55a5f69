import {homedir} from 'node:os'
import {join, resolve} from 'node:path'
import {expect} from 'chai'

import {ServerError} from '../../src/lib/errors.js'
import {readOptions} from '../../src/server/options.js'

describe('the server’s options', () => {
  const read = (...args: string[]) => readOptions(['--repo', 'demo', '--data-dir', '/graphs', ...args])

  it('are as little as a graph and its directory', () => {
    expect(read()).to.deep.include({
      create: false,
      dataDir: '/graphs',
      graphId: undefined,
      lifetime: 'persistent',
      logLevel: 'info',
      ownerId: undefined,
      ownerProcess: undefined,
      ownerSource: 'unknown',
      repo: 'demo',
    })
  })

  it('are read, each', () => {
    expect(
      read('--owner-source', 'electron', '--owner-id', 'app', '--graph-id', 'abc', '--create-empty-db'),
    ).to.deep.include({
      create: true,
      graphId: 'abc',
      ownerId: 'app',
      ownerSource: 'electron',
    })
  })

  it('read the log level, and use info for an unknown one', () => {
    for (const level of ['debug', 'info', 'warn', 'error']) expect(read('--log-level', level).logLevel).to.equal(level)
    for (const level of ['', 'DEBUG', 'trace']) expect(read('--log-level', level).logLevel).to.equal('info')
  })

  it('name the app that leases', () => {
    expect(read('--lifetime', 'leased', '--owner-pid', '42', '--owner-start', '7')).to.deep.include({
      lifetime: 'leased',
      ownerProcess: {pid: 42, start: '7'},
    })
    expect(read('--owner-pid', '42').ownerProcess).to.deep.equal({pid: 42, start: undefined})
    for (const pid of ['', '0', '-1', '1.5', 'x']) expect(read('--owner-pid', pid).ownerProcess).to.equal(undefined)
    expect(read('--lifetime', 'forever').lifetime).to.equal('persistent')
  })

  for (const [given, expected] of [
    ['cli', 'cli'],
    ['electron', 'electron'],
    ['CLI', 'unknown'],
    ['robot', 'unknown'],
    ['', 'unknown'],
  ]) {
    it(`take the owner ${JSON.stringify(given)} as ${expected}`, () => {
      expect(read('--owner-source', given!).ownerSource).to.equal(expected)
    })
  }

  it('take a data directory as people write it', () => {
    expect(readOptions(['--repo', 'demo', '--data-dir', '~/notes']).dataDir).to.equal(join(homedir(), 'notes'))
    expect(readOptions(['--repo', 'demo', '--data-dir', 'notes']).dataDir).to.equal(resolve('notes'))
  })

  it('take the root directory of Logseq’s clients, who expect the graph to be made', () => {
    const given = readOptions([
      '--repo',
      'demo',
      '--root-dir',
      '~/logseq',
      '--embedding-model-id',
      'x',
      '--create-empty-db',
    ])
    expect(given).to.include({
      create: true,
      dataDir: join(homedir(), 'logseq', 'graphs'),
      rootDir: join(homedir(), 'logseq'),
    })
    expect(readOptions(['--repo', 'demo', '--root-dir', '/x'])).to.include({create: true, dataDir: '/x/graphs'})
    expect(read('--root-dir', '/x')).to.include({create: false, dataDir: '/graphs', rootDir: '/x'})
  })

  it('take the build that they say from the flag, else from the environment, else from the package', () => {
    expect(read().revision).to.match(/^\d+\.\d+\.\d+/)
    process.env['LOGSEQ_DB_WORKER_REVISION'] = 'env'
    try {
      expect(read().revision).to.equal('env')
      expect(read('--revision', 'flag').revision).to.equal('flag')
    } finally {
      delete process.env['LOGSEQ_DB_WORKER_REVISION']
    }
  })

  it('ignore unknown flags', () => {
    expect(read('--log-level', 'debug', 'stray', '--log-path')).to.include({
      dataDir: '/graphs',
      repo: 'demo',
    })
  })

  for (const [what, args, code] of [
    ['no repo', ['--data-dir', '/graphs'], 'missing-repo'],
    ['an empty repo', ['--repo', '', '--data-dir', '/graphs'], 'missing-repo'],
    ['a repo flag without value', ['--repo', '--data-dir', '/graphs'], 'missing-repo'],
    ['no directory', ['--repo', 'demo'], 'usage'],
    ['an empty root directory', ['--repo', 'demo', '--root-dir', ''], 'usage'],
  ] as const) {
    it(`refuse ${what}`, () => {
      expect(() => readOptions(args))
        .to.throw(ServerError)
        .with.property('code', code)
    })
  }
})
