import fs, {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {syncBuiltinESMExports} from 'node:module'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'

import {giveNewName} from '../../../src/lib/files/give-name.js'

describe('the name of a complete file', () => {
  const {linkSync} = fs
  let dir: string
  const [part, path] = [() => join(dir, 'x.part'), () => join(dir, 'x')]

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'logseq-server-test-'))
    writeFileSync(part(), 'new')
  })

  afterEach(() => {
    fs.linkSync = linkSync
    syncBuiltinESMExports()
    rmSync(dir, {recursive: true})
  })

  for (const code of ['', 'EPERM', 'ENOSYS', 'ENOTSUP'])
    describe(code === '' ? 'on a file system with hard links' : `on one that answers ${code} to them`, () => {
      beforeEach(() => {
        if (code === '') return
        fs.linkSync = () => {
          throw Object.assign(new Error(code), {code})
        }

        syncBuiltinESMExports()
      })

      it('is given when nothing has it', () => {
        giveNewName(part(), path())
        expect(readdirSync(dir)).to.deep.equal(['x'])
        expect(readFileSync(path(), 'utf8')).to.equal('new')
      })

      it('is not taken from another file', () => {
        writeFileSync(path(), 'mine')
        expect(() => giveNewName(part(), path()))
          .to.throw()
          .with.property('code', 'EEXIST')
        expect(readFileSync(path(), 'utf8')).to.equal('mine')
        expect(readFileSync(part(), 'utf8')).to.equal('new')
      })
    })
})
