import {chmodSync, realpathSync, statSync, symlinkSync, writeFileSync} from 'node:fs'
import {homedir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'

import {ServerError} from '../../../src/lib/errors.js'
import {permissionError} from '../../../src/lib/files/file-error.js'
import {userName} from '../../../src/lib/files/users.js'
import {expandDataDir, makeDirectory, realDirectory, requireOwnDirectory} from '../../../src/lib/graphs/data-dir.js'
import {evaluate, needsRoot, NOBODY} from '../../support/fake-user.js'
import {needsDisk} from '../../support/mounts.js'
import {namesIn} from '../../support/sandbox.js'
import {useSandbox} from '../../support/use.js'

interface Thrown {
  thrown: {code: string; details: Record<string, unknown>; message: string; name: string}
}

describe('the data directory', () => {
  const sandbox = useSandbox()

  for (const [given, expected] of [
    ['~', homedir()],
    ['~/', homedir()],
    ['~/logseq/graphs', join(homedir(), 'logseq/graphs')],
    ['/a/../b/', '/b'],
    ['graphs', join(process.cwd(), 'graphs')],
    ['/a/~/b', '/a/~/b'],
  ] as const) {
    it(`${given} is ${expected}`, () => {
      expect(expandDataDir(given)).to.equal(expected)
    })
  }

  it('makes a directory with its parents, once', () => {
    const path = join(sandbox.dir, 'a b', 'ü', 'c')
    expect(makeDirectory(path)).to.equal(path)
    expect(statSync(path).isDirectory()).to.equal(true)
    expect(makeDirectory(path)).to.equal(path)
  })

  it('is known by its real path', () => {
    const link = join(sandbox.dir, 'link')
    symlinkSync(sandbox.dataDir, link)
    expect(realDirectory(link)).to.equal(realpathSync(sandbox.dataDir))
    expect(makeDirectory(join(link, 'new'))).to.equal(join(sandbox.dataDir, 'new'))
    expect(realDirectory(join(sandbox.dir, 'none'))).to.equal(undefined)
  })

  it('says at once that nothing can be made under /proc', () => {
    const began = performance.now()
    const {thrown} = evaluate<Thrown>(['lib/graphs/data-dir.ts'], `m0.makeDirectory('/proc/logseq/graphs')`)
    expect(performance.now() - began).to.be.lessThan(15_000)
    expect(thrown).to.include({code: 'data-dir-permission', name: 'ServerError'})
    expect(thrown.message).to.include('/proc/logseq').and.to.include('cannot be created here')
  })

  it('says that a file system is read-only', function () {
    const path = join(sandbox.dir, 'disk')
    const disk = needsDisk(this, path, '64k')
    disk.remount('ro')
    try {
      expect(() => makeDirectory(join(path, 'graphs', 'demo')))
        .to.throw(ServerError, /the file system is read-only/)
        .with.deep.include({code: 'data-dir-permission', details: {errno: 'EROFS', path: join(path, 'graphs')}})
        .and.with.property(
          'hint',
          'Mount the disk for writing, or copy the graph’s directory to another one and name that with --data-dir.',
        )
    } finally {
      disk.unmount()
    }
  })

  it('says that a disk is full', function () {
    const path = join(sandbox.dir, 'disk')
    const disk = needsDisk(this, path, '64k,nr_inodes=1')
    try {
      expect(() => makeDirectory(join(path, 'graphs')))
        .to.throw(ServerError, /the disk is full/)
        .with.property('code', 'disk-full')
    } finally {
      disk.unmount()
    }
  })

  it('says that a file is not a directory', () => {
    const file = join(sandbox.dir, 'file')
    writeFileSync(file, '')
    expect(() => realDirectory(file))
      .to.throw(ServerError, `${file} is not a directory`)
      .with.property('hint', 'Rename or remove it, or name another directory with --data-dir.')
    expect(() => makeDirectory(file)).to.throw(ServerError, `${file} is not a directory`)
    expect(() => realDirectory(join(file, 'sub'))).to.throw(ServerError, 'a part of the path is not a directory')
    expect(() => makeDirectory(join(file, 'sub'))).to.throw(ServerError, 'a part of the path is not a directory')
  })

  it('says so when a link leads nowhere, or in circles', () => {
    symlinkSync(join(sandbox.dir, 'gone'), join(sandbox.dir, 'dangling'))
    symlinkSync(join(sandbox.dir, 'circle'), join(sandbox.dir, 'circle'))
    expect(() => makeDirectory(join(sandbox.dir, 'dangling')))
      .to.throw(ServerError)
      .with.property('code', 'data-dir-permission')
    expect(() => makeDirectory(join(sandbox.dir, 'circle', 'x')))
      .to.throw(ServerError)
      .with.property('code', 'data-dir-permission')
    expect(namesIn(sandbox.dir)).to.deep.equal(['circle', 'dangling', 'graphs'])
  })

  it('says that permission was denied', function () {
    needsRoot(this)
    chmodSync(sandbox.dir, 0o755)
    const {thrown} = evaluate<Thrown>(
      ['lib/graphs/data-dir.ts'],
      `m0.makeDirectory(${JSON.stringify(join(sandbox.dataDir, 'x'))})`,
      NOBODY,
    )
    expect(thrown).to.include({
      code: 'data-dir-permission',
      message: `Cannot use ${join(sandbox.dataDir, 'x')}: permission denied`,
    })
    expect(thrown.details).to.deep.equal({errno: 'EACCES', path: join(sandbox.dataDir, 'x')})
  })

  it('says what the system says where there are no better words', () => {
    const error = permissionError('/x', new Error('out of luck'))
    expect(error).to.include({code: 'data-dir-permission', exit: 5, message: 'Cannot use /x: out of luck'})
    expect(error.details).to.deep.equal({path: '/x'})
  })

  it('a directory of one’s own is fine; another user’s is refused with that user’s name', function () {
    requireOwnDirectory(sandbox.dataDir)
    needsRoot(this)
    chmodSync(sandbox.dir, 0o755)
    const {thrown} = evaluate<Thrown>(
      ['lib/graphs/data-dir.ts'],
      `m0.requireOwnDirectory(${JSON.stringify(sandbox.dataDir)})`,
      NOBODY,
    )
    expect(thrown).to.include({code: 'data-dir-permission', message: `${sandbox.dataDir} belongs to root, not to you`})
    expect(thrown.details).to.deep.equal({path: sandbox.dataDir, user: 'root'})
  })

  it('a user without a name is called by the number', () => {
    expect(userName(3_999_999)).to.equal('uid 3999999')
  })
})
