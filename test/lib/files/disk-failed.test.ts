import {expect} from 'chai'

import {diskFailed} from '../../../src/lib/files/disk-failed.js'

describe('the error of a disk that failed', () => {
  it('is itself when the disk cannot be looked at either', () => {
    const cause = new Error('disk I/O error')
    const path = `/${'a name that no file system has '.repeat(20)}` // stands for a disk that refuses everything
    expect(diskFailed('the disk failed', path, cause)).to.include({
      cause,
      code: 'disk-failed',
      message: 'the disk failed: disk I/O error',
    })
  })
})
