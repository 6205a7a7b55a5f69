import {existsSync, mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {removeIfThere} from '../../../src/lib/files/remove.js'
import {needsDisk} from '../../support/mounts.js'
import {useSandbox} from '../../support/use.js'

describe('removeIfThere', () => {
  const sandbox = useSandbox()

  it('removes a file, and accepts a missing one', () => {
    const path = join(sandbox.dir, 'file')
    writeFileSync(path, '')
    removeIfThere(path)
    expect(existsSync(path)).to.equal(false)
    removeIfThere(path)
    removeIfThere(join(path, 'in', 'no', 'directory'))
  })

  it('throws for what it cannot remove', () => {
    const path = join(sandbox.dir, 'directory')
    mkdirSync(path)
    expect(() => removeIfThere(path)).to.throw(/EISDIR|EPERM/)
  })

  it('throws on a read-only disk only if the file is there', function () {
    const dir = join(sandbox.dir, 'disk')
    const disk = needsDisk(this, dir, '64k')
    try {
      writeFileSync(join(dir, 'file'), '')
      disk.remount('ro')
      expect(() => removeIfThere(join(dir, 'file'))).to.throw(/EROFS/)
      removeIfThere(join(dir, 'other'))
    } finally {
      disk.unmount()
    }
  })
})
