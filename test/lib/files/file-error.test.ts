import {expect} from 'chai'

import {permissionError} from '../../../src/lib/files/file-error.js'

const systemError = (code: string) => Object.assign(new Error(`${code}: x`), {code, errno: -1, syscall: 'open'})

describe('an error of the file system', () => {
  for (const [code, hint] of [
    ['EACCES', /who owns the directory/],
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
})
