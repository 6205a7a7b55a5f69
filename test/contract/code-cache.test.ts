import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {evaluate, needsRoot, NOBODY} from '../support/fake-user.js'
import {needsDisk} from '../support/mounts.js'
import {until} from '../support/processes.js'
import {useSandbox} from '../support/use.js'

const LINE = ['server', 'list', '--json']

describe('the cache of compiled code', () => {
  const sandbox = useSandbox()
  let cache: string

  before(function () {
    if (Number.parseInt(process.versions.node, 10) < 22) return
    console.log('    Node.js 22 and later has a cache of its own: the form of the entries is not looked at')
    this.skip()
  })

  beforeEach(() => {
    cache = join(sandbox.dir, 'cache')
  })

  async function run(env: Record<string, string> = {}): Promise<void> {
    const stdout = `${JSON.stringify({status: 'ok', data: {'data-dir': sandbox.dataDir, servers: [], warnings: []}})}\n`
    const ran = await sandbox.run(LINE, {env: {XDG_CACHE_HOME: cache, ...env}})
    expect(ran).to.deep.include({code: 0, signal: null, stderr: '', stdout})
  }

  const directory = () => join(cache, 'logseq-server/code')
  const entries = () =>
    readdirSync(directory())
      .sort()
      .map((name) => join(directory(), name))

  /** An entry as it is on disk: another one is another file. */
  const identity = (path: string) => statSync(path, {bigint: true}).ino

  it('is private, and used by the next process', async () => {
    await run()
    expect(statSync(directory()).mode & 0o777).to.equal(0o700)
    const made = entries()
    expect(made.map((path) => path.match(/\/([a-z-]+)_[^/]*$/)?.[1])).to.deep.equal([
      'command-line-cjs',
      'commands-server-list-cjs',
    ])
    for (const path of made) expect(statSync(path).mode & 0o777, path).to.equal(0o600)
    const before = made.map((path) => identity(path))
    await run()
    expect(entries().map((path) => identity(path))).to.deep.equal(before)
  })

  const DAMAGE: [what: string, damage: (path: string) => void][] = [
    ['a flipped bit', (path) => flip(path, 0.25)],
    ['a flipped bit in the second half', (path) => flip(path, 0.75)],
    ['a cut end', (path) => truncateSync(path, statSync(path).size - 2)],
    ['half of it', (path) => truncateSync(path, Math.floor(statSync(path).size / 2))],
    ['no count', (path) => truncateSync(path, statSync(path).size - 1)],
    ['no bytes', (path) => truncateSync(path, 0)],
    ['other words', (path) => writeFileSync(path, 'nonsense'.repeat(100))],
    ['rights for others', (path) => chmodSync(path, 0o666)],
  ]
  for (const [what, damage] of DAMAGE) {
    it(`is made anew after ${what}`, async () => {
      await run()
      const [first] = entries()
      const [whole, before] = [readFileSync(first!), identity(first!)]
      damage(first!)
      await run()
      expect(entries()[0]).to.equal(first)
      expect(identity(first!)).to.not.equal(before)
      expect(readFileSync(first!).length).to.be.within(whole.length / 2, whole.length * 2)
      expect(statSync(first!).mode & 0o777).to.equal(0o600)
    })
  }

  /** The entry of `server list`, with the number of its uses in its last byte. */
  const ofList = () => {
    const path = entries().find((entry) => entry.includes('commands-server-list'))!
    const bytes = readFileSync(path)
    return {bytes, ino: identity(path), path, size: bytes.length, uses: bytes.at(-1)}
  }

  it('has no bundle of a command after --version', async () => {
    const ran = await sandbox.run(['--version'], {env: {XDG_CACHE_HOME: cache}})
    expect(ran.stdout).to.match(/^logseq-server\/\S+ \S+ node-v\S+\n$/)
    expect(entries().map((path) => path.match(/\/([a-z-]+)_[^/]*$/)?.[1])).to.deep.equal(['command-line-cjs'])
  })

  it('gets what later processes compile besides', async () => {
    await run()
    await run()
    const small = ofList()
    await sandbox.start()
    const list = () => sandbox.ok(LINE, {env: {XDG_CACHE_HOME: cache}})
    await list()
    const grown = ofList()
    expect(grown.size).to.be.above(small.size * 1.05)
    expect([small.uses, grown.uses]).to.deep.equal([1, 2])
    await list()
    await list()
    expect({...ofList(), bytes: undefined}).to.deep.equal({...grown, bytes: undefined, uses: 4})
  })

  it('has what the start of a server needs, and not what its requests need', async () => {
    const env = {XDG_CACHE_HOME: cache}
    // Not the file that is written before it gets this name, which ends with a pid.
    const ofServer = () => entries().find((path) => /db-worker-node.*_\w+$/.test(path))
    const graph = ['--repo', 'demo']
    await sandbox.ok(['server', 'start', '--create', ...graph], {env})
    const path = await until(ofServer, 15_000, 'the entry of the server')
    const {size} = statSync(path)
    for (let uses = 1; uses <= 4; uses++) {
      await sandbox.ok(['query', '[:find ?e :where [?e :db/ident]]', ...graph], {env})
      await sandbox.ok(['server', 'restart', ...graph], {env})
      await until(() => readFileSync(path).at(-1) === uses, 15_000, `use ${uses}`)
      expect(statSync(path).size, String(uses)).to.be.within(size * 0.95, size * 1.05)
    }
  })

  it('is compared seldom, and then never', async () => {
    await run()
    const {bytes, path} = ofList()
    await sandbox.start()
    for (const [uses, isCompared, counted] of [
      [0, true, 1],
      [2, false, 3],
      [4, false, 5],
      [7, true, 8],
      [30, false, 31],
      [31, true, 32],
      [32, false, 32],
      [255, false, 255],
    ] as const) {
      bytes[bytes.length - 1] = uses
      writeFileSync(path, bytes)
      await sandbox.ok(LINE, {env: {XDG_CACHE_HOME: cache}})
      const found = ofList()
      expect({isCompared: found.size > bytes.length, uses: found.uses}, String(uses)).to.deep.equal({
        isCompared,
        uses: counted,
      })
    }
  })

  it('is not made by root in the home of another user', async function () {
    needsRoot(this)
    const home = join(sandbox.dir, 'home of another user')
    mkdirSync(home)
    chownSync(home, NOBODY, NOBODY)
    await run({HOME: home, XDG_CACHE_HOME: ''})
    expect(readdirSync(home)).to.deep.equal([])
    await run({XDG_CACHE_HOME: join(home, '.cache')})
    expect(readdirSync(home)).to.deep.equal([])
  })

  it('is left out where no directory can be made', async function () {
    if (process.platform !== 'linux') this.skip()
    await run({XDG_CACHE_HOME: '/proc/nothing'}) // there, Node.js 20 tries for ever to make directories with `recursive`
  })

  it('takes no room of a full disk', async function () {
    const disk = needsDisk(this, cache, '64k')
    try {
      await run()
      expect(entries()).to.deep.equal([])
    } finally {
      disk.unmount()
    }
  })

  it('is written although a killed process with the same pid left a part', () => {
    mkdirSync(directory(), {mode: 0o700, recursive: true})
    const path = JSON.stringify(join(directory(), 'entry'))
    const leave = `process.getBuiltinModule('node:fs').writeFileSync(${path} + '.' + process.pid, 'a part')`
    const write = `m0.writeTwice(${path}, Buffer.from('code'))`
    evaluate(['../bundle/private-files.ts'], `[${leave}, ${write}, ${write}]`)
    expect(entries().map((entry) => readFileSync(entry, 'latin1'))).to.deep.equal(['codecode\0'])
  })

  it('follows no link', async () => {
    await run()
    const [first] = entries()
    const target = join(sandbox.dir, 'target')
    writeFileSync(target, readFileSync(first!))
    rmSync(first!)
    symlinkSync(target, first!)
    const before = readFileSync(target)
    await run()
    expect(readFileSync(target)).to.deep.equal(before)
    expect(statSync(first!).ino).to.not.equal(statSync(target).ino)
  })

  it('is not used from a directory into which others write', async () => {
    await run()
    chmodSync(directory(), 0o777)
    for (const path of entries()) writeFileSync(path, readFileSync(path).fill(0))
    const before = entries().map((path) => identity(path))
    await run()
    expect(entries().map((path) => identity(path))).to.deep.equal(before)
  })

  it('is left out where it cannot be', async () => {
    writeFileSync(cache, 'a file')
    await run()
    await run({XDG_CACHE_HOME: '/dev/null'})
    await run({HOME: '', XDG_CACHE_HOME: ''})
    expect(readFileSync(cache, 'utf8')).to.equal('a file')
  })

  it('is left out where it is not wanted', async () => {
    await run({NODE_DISABLE_COMPILE_CACHE: '1'})
    expect(existsSync(cache)).to.equal(false)
  })

  it('does not grow for ever', async () => {
    mkdirSync(directory(), {mode: 0o700, recursive: true})
    for (let i = 0; i < 200; i++) writeFileSync(join(directory(), `old-${i}`), 'x')
    await run()
    expect(entries().filter((path) => path.includes('/old-'))).to.deep.equal([])
    await run()
    expect(entries()).to.have.length(2)
  })
})

/** Flips a bit at a place of a file: 0 is its beginning, 1 its end. */
function flip(path: string, at: number): void {
  const bytes = readFileSync(path)
  const place = Math.floor(bytes.length * at)
  bytes[place]! ^= 4
  writeFileSync(path, bytes)
}
