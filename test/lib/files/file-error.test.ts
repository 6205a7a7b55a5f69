import {chmodSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

import {expect} from 'chai'

import {permissionError} from '../../../src/lib/files/file-error.js'

const systemError = (code: string) => Object.assign(new Error(`${code}: x`), {code, errno: -1, syscall: 'open'})

describe('an error of the file system', () => {
  for (const [code, hint] of [
    ['EACCES', /who owns the directory/],
    ['ELOOP', /Remove the link/],
    ['ENAMETOOLONG', /shorter path/],
    ['ENOTDIR', /goes through a file/],
    ['EPERM', /immutable.*`lsattr`/],
    ['EROFS', /Mount the disk for writing/],
  ] as const) {
    it(`has a hint that fits: ${code}`, () => {
      const error = permissionError('/d/db.sqlite', systemError(code))
      expect(error.code).to.equal('data-dir-permission')
      expect(error.message).to.include('/d/db.sqlite')
      expect(error.hint).to.match(hint)
    })
  }

  it('says of a file of this user which rights are missing', () => {
    const dir = mkdtempSync(join(tmpdir(), 'no rights '))
    try {
      const file = join(dir, "it's")
      writeFileSync(file, '', {mode: 0o000})
      const quoted = `'${dir}/it'\\''s'`
      expect(permissionError(file, systemError('EACCES')).hint).to.contain(`\`chmod u+rwX ${quoted}\``)
      chmodSync(file, 0o600)
      expect(permissionError(file, systemError('EACCES')).hint).to.match(/who owns the directory/)
      chmodSync(dir, 0o500)
      expect(permissionError(join(dir, 'new', 'one'), systemError('EACCES')).hint).to.contain(`u+rwX '${dir}'`)
    } finally {
      chmodSync(dir, 0o700)
      rmSync(dir, {force: true, recursive: true})
    }
  })

  it('names the length of a path that SQLite does not open, and says the same with each library', () => {
    const text = 'Failed to open database: unable to open database file'
    const cause = Object.assign(new Error(text), {code: 'ERR_SQLITE_ERROR', errcode: 14})
    expect(permissionError('/d/x', cause).message).to.equal('Cannot use /d/x: SQLite cannot open it')
    const long = `/${'d/'.repeat(252)}db.sqlite`
    const error = permissionError(long, cause)
    expect(error.message).to.equal(`Cannot use ${long}: its name is too long`)
    expect(error.hint).to.match(/shorter path/)
  })
})
