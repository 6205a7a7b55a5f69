import {execFileSync, spawnSync} from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {createServer} from 'node:net'
import {join} from 'node:path'
import {expect} from 'chai'

import {commandsIn} from '../support/commands.js'
import {needsRoot, NOBODY} from '../support/fake-user.js'
import {fillDisk, type Mounted, needsDisk} from '../support/mounts.js'
import {errorOf, operationsIn} from '../support/operations.js'
import {cleanEnv, CLI, CODE_CACHE} from '../support/sandbox.js'
import {useServer} from '../support/use.js'

const DEMO = ['--repo', 'demo']
const FORMATS = ['sqlite', 'edn', 'datoms'] as const

describe('the file of a graph export', function () {
  this.timeout(120_000)
  const {sandbox} = useServer('suite')
  const {exportTo} = operationsIn(sandbox)
  const {fails, ok} = commandsIn(sandbox)
  const newDir = (name: string) => {
    mkdirSync(join(sandbox.dir, name))
    return join(sandbox.dir, name)
  }

  describe('that is a link', () => {
    it('is not replaced, whatever it leads to that is not a file', async () => {
      const dir = newDir('links')
      const at = (name: string) => join(dir, name)
      execFileSync('mkfifo', [at('fifo')])
      const socket = createServer().listen(at('socket'))
      mkdirSync(at('folder'))
      const targets: Record<string, string> = {
        circle: at('circle'),
        device: '/dev/null',
        directory: at('folder'),
        'far pipe': at('pipe'),
        nowhere: at('missing'),
        'nowhere in a directory': at('no/where'),
        pipe: at('fifo'),
        socket: at('socket'),
        'through a file': at('fifo/x'),
      }
      try {
        for (const [name, target] of Object.entries(targets))
          symlinkSync(target, at(name === 'socket' ? 'to socket' : name))
        const before = readdirSync(dir).sort()
        for (const name of [
          ...Object.keys(targets).map((one) => (one === 'socket' ? 'to socket' : one)),
          'fifo',
          'socket',
        ])
          for (const overwrite of [false, true])
            for (const format of FORMATS) {
              const error = await errorOf(exportTo(at(name), {format, overwrite}))
              expect([name, error.code], error.message).to.deep.equal([name, 'usage'])
              expect(error.hint).to.not.include('--force')
              expect(error.message).to.include(at(name))
            }

        expect(readdirSync(dir).sort()).to.deep.equal(before)
        for (const name of Object.keys(targets))
          expect(lstatSync(at(name === 'socket' ? 'to socket' : name)).isSymbolicLink(), name).to.equal(true)
      } finally {
        socket.close()
      }
    })

    it('is not replaced when its file has no path, as that of a descriptor', async function () {
      if (process.platform !== 'linux') return this.skip()
      // A descriptor of a process of its own, whose file is removed.
      const dir = newDir('removed')
      const child = execFileSync('sh', ['-c', `exec 9>'${dir}/gone'; rm '${dir}/gone'; readlink /proc/self/fd/9`])
      expect(String(child)).to.include('(deleted)')
      const {openSync, closeSync, rmSync} = await import('node:fs')
      const fd = openSync(join(dir, 'gone'), 'w')
      rmSync(join(dir, 'gone'))
      try {
        symlinkSync(`/proc/${process.pid}/fd/${fd}`, join(dir, 'link'))
        const error = await errorOf(exportTo(join(dir, 'link'), {overwrite: true}))
        expect(error).to.include({code: 'usage'})
        expect(lstatSync(join(dir, 'link')).isSymbolicLink()).to.equal(true)
      } finally {
        closeSync(fd)
      }
    })

    for (const format of FORMATS)
      it(`stays a link, and its file is replaced in one step, as ${format}`, async () => {
        const dir = newDir(`kept ${format}`)
        const [target, link, second] = ['target', 'link', 'second'].map((name) => join(dir, name)) as [
          string,
          string,
          string,
        ]
        writeFileSync(target, 'mine')
        linkSync(target, join(dir, 'hard'))
        symlinkSync('target', link)
        symlinkSync(link, second)
        const refused = await errorOf(exportTo(second, {format}))
        expect(refused).to.include({code: 'file-exists'})
        const {file, size} = await exportTo(second, {format, overwrite: true})
        expect(file).to.equal(second)
        expect([link, second].map((path) => lstatSync(path).isSymbolicLink())).to.deep.equal([true, true])
        expect(readFileSync(target)).to.have.length(size)
        expect(readFileSync(join(dir, 'hard'), 'utf8')).to.equal('mine')
        expect(readdirSync(dir).sort()).to.deep.equal(['hard', 'link', 'second', 'target'])
      })

    it('is not followed into a graph, nor where another user chose its target', async function () {
      const dir = newDir('planted')
      symlinkSync(join(sandbox.graphDir(), 'db.sqlite'), join(dir, 'to-graph'))
      const intoGraph = await errorOf(exportTo(join(dir, 'to-graph'), {overwrite: true}))
      expect(intoGraph.message).to.include('belongs to the graph')
      needsRoot(this)
      writeFileSync(join(dir, 'mine'), 'mine')
      symlinkSync(join(dir, 'mine'), join(dir, 'planted'))
      execFileSync('chown', ['-h', String(NOBODY), join(dir, 'planted')])
      const planted = await errorOf(exportTo(join(dir, 'planted'), {overwrite: true}))
      expect(planted).to.include({code: 'usage'})
      expect(readFileSync(join(dir, 'mine'), 'utf8')).to.equal('mine')
    })
  })

  it('is never a new part of a graph', async () => {
    for (const name of ['db.sqlite-wal', 'db.sqlite-journal', 'db-worker.lock2'])
      for (const overwrite of [false, true])
        for (const format of FORMATS) {
          const file = join(sandbox.graphDir(), name)
          if (existsSync(file)) continue
          const error = await errorOf(exportTo(file, {format, overwrite}))
          expect([name, format, error.code, existsSync(file)]).to.deep.equal([name, format, 'usage', false])
        }
  })

  describe('that cannot be written', () => {
    async function expectRefused(file: string, code: string, errno: string, uid?: number): Promise<void> {
      for (const format of FORMATS) {
        const args = ['graph', 'export', file, '--format', format, ...DEMO]
        const error = uid === undefined ? await fails(args) : await sandbox.fails(args, {uid})
        expect([format, error.code], error.message).to.deep.equal([format, code])
        expect(error).to.include({errno, path: file})
        expect(error.message)
          .to.include(file)
          .and.not.match(/\.part|dst-path|backup-db-sqlite|EACCES|E[A-Z]{4,}/)
        expect(error.hint).to.not.match(/invoke|--data-dir/)
      }
    }

    it('names the path and the reason', async () => {
      const dir = newDir('reasons')
      writeFileSync(join(dir, 'plain'), '')
      await expectRefused('/proc/x.sqlite', 'data-dir-permission', 'ENOENT')
      await expectRefused(join(dir, 'plain', 'x.edn'), 'data-dir-permission', 'ENOTDIR')
      await expectRefused(join(dir, 'plain', 'deep', 'x.edn'), 'data-dir-permission', 'ENOTDIR')
      await expectRefused(join(dir, 'x'.repeat(256)), 'data-dir-permission', 'ENAMETOOLONG')
      symlinkSync('round', join(dir, 'round'))
      await expectRefused(join(dir, 'round', 'x'), 'data-dir-permission', 'ELOOP')
      let deep = dir
      while (deep.length < 520) {
        deep = join(deep, 'd'.repeat(60))
        mkdirSync(deep)
      }

      await expectRefused(join(deep, 'x.sqlite'), 'data-dir-permission', 'ENAMETOOLONG')
      expect(readdirSync(dir)).to.have.members(['plain', 'round', 'd'.repeat(60)])
    })

    it('says who may write there', async function () {
      needsRoot(this)
      const dir = newDir('closed')
      const graphs = newDir('graphs of another user')
      chmodSync(sandbox.dir, 0o755)
      chownSync(graphs, NOBODY, NOBODY)
      const demo = [...DEMO, '--data-dir', graphs]
      await sandbox.ok(['graph', 'create', ...demo], {uid: NOBODY})
      const args = ['graph', 'export', join(dir, 'x.sqlite'), ...demo]
      try {
        chmodSync(dir, 0o555)
        const error = await sandbox.fails(args, {uid: NOBODY})
        expect(error).to.include({code: 'data-dir-permission', errno: 'EACCES', path: join(dir, 'x.sqlite')})
        expect(error.hint).to.equal('Name a file in a directory that you may write to.')
        chownSync(dir, NOBODY, NOBODY)
        expect((await sandbox.fails(args, {uid: NOBODY})).hint).to.include(`chmod u+rwX ${dir}`)
      } finally {
        await sandbox.ok(['server', 'stop', ...demo], {uid: NOBODY})
      }
    })

    it('says so where only the server may not write, whether a file is there or not', async function () {
      needsRoot(this)
      const dir = newDir('only mine')
      chownSync(dir, NOBODY, NOBODY)
      const demo = ['--repo', 'without rights']
      // root without the right to write where the owner may
      const limits = ['--bounding-set', '-all', '--inh-caps', '-all']
      const env = {...cleanEnv(), HOME: sandbox.dir, LOGSEQ_CLI_DATA_DIR: sandbox.dataDir, XDG_CACHE_HOME: CODE_CACHE}
      const words = [...limits, process.execPath, CLI, 'graph', 'create', ...demo]
      if (spawnSync('setpriv', [...limits, 'true']).status !== 0) this.skip()
      expect(spawnSync('setpriv', words, {cwd: sandbox.dir, env}).status).to.equal(0)
      sandbox.track((await ok(['server', 'status', ...demo]))['pid'] as number)
      try {
        for (const format of FORMATS)
          for (const [name, ...force] of [['new'], ['new', '--force'], ['there', '--force'], ['there']] as const) {
            const file = join(dir, name)
            if (name === 'there') writeFileSync(file, 'mine')
            const error = await fails(['graph', 'export', file, '--format', format, ...force, ...demo])
            if (name === 'there' && force.length === 0) {
              expect(error).to.include({code: 'file-exists', file})
              expect(error.hint).to.match(/graph export .*--force/)
              continue
            }

            expect([format, error.code], error.message).to.deep.equal([format, 'data-dir-permission'])
            expect(error).to.include({errno: 'EACCES', path: file, message: `Cannot use ${file}: permission denied`})
            expect(error.hint).to.equal('Name a file in a directory that the server of the graph may write to, too.')
            if (name === 'there') expect(readFileSync(file, 'utf8')).to.equal('mine')
          }

        expect(readdirSync(dir)).to.deep.equal(['there'])
      } finally {
        await ok(['server', 'stop', ...demo])
      }
    })

    it('leaves nothing on a full or read-only disk', async function () {
      const dir = join(sandbox.dir, 'disk')
      const disk: Mounted = needsDisk(this, dir, '256k')
      try {
        fillDisk(dir)
        for (const name of ['x.sqlite', `${'n'.repeat(250)}.edn`])
          await expectRefused(join(dir, name), 'disk-full', 'ENOSPC')
        expect(readdirSync(dir)).to.deep.equal(['filler'])
        disk.remount('ro')
        await expectRefused(join(dir, 'x.sqlite'), 'data-dir-permission', 'EROFS')
      } finally {
        disk.unmount()
      }
    })
  })

  it('may have the longest name', async () => {
    const dir = newDir('long')
    for (const format of FORMATS) {
      const file = join(dir, format + 'é'.repeat(120))
      await exportTo(file, {format})
      await exportTo(file, {format, overwrite: true})
    }

    expect(readdirSync(dir)).to.have.length(3)
  })

  describe('by its name', () => {
    it('is not stdout, nor is that of an import or a restore stdin', async () => {
      for (const [args, word] of [
        [['graph', 'export', '-'], 'graph export ./-'],
        [['graph', 'export', '-', '--force', '--format', 'edn'], 'graph export ./-'],
        [['graph', 'import', '-'], 'graph import ./-'],
        [['graph', 'restore', '--file', '-', '--yes'], 'graph restore --file ./-'],
      ] as const) {
        const error = await fails([...args, ...DEMO])
        expect([args, error.code]).to.deep.equal([args, 'usage'])
        expect(error.hint).to.include(word)
      }
    })

    it('says the format, or says nothing about it', async () => {
      const dir = newDir('names')
      for (const name of ['x.json', 'x.MD', 'x.csv', 'x.yaml', 'x.sqlite.gz', 'x.datoms', 'x.txt', 'x.zip']) {
        const error = await fails(['graph', 'export', join(dir, name), ...DEMO])
        expect([name, error.code]).to.deep.equal([name, 'usage'])
        for (const known of ['.sqlite', '.edn', '--format']) expect(error.hint).to.include(known)
      }

      expect(readdirSync(dir)).to.deep.equal([])
      const formats: Record<string, string> = {}
      for (const name of ['x', 'x.sqlite', 'x.db', 'x.sqlite3', '.json', 'x.2026-11-28', 'x.bak', 'json', 'x.EDN'])
        formats[name] = (await ok(['graph', 'export', join(dir, name), ...DEMO]))['format'] as string
      expect(Object.entries(formats).filter(([, format]) => format !== 'sqlite')).to.deep.equal([['x.EDN', 'edn']])
      expect(await ok(['graph', 'export', join(dir, 'x.txt'), '--format', 'datoms', ...DEMO])).to.include({
        format: 'datoms',
      })
      expect((await fails(['graph', 'export', `${join(dir, 'new')}/`, ...DEMO])).code).to.equal('usage')
      expect(existsSync(join(dir, 'new'))).to.equal(false)
    })
  })
})
