import {mkdtempSync, openSync, rmSync, truncateSync, writeFileSync, writeSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'

import {contentMark} from '../../../src/engine/files/content-mark.js'

const MIB = 1024 * 1024

describe('the mark of what a file holds', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'logseq-server-mark-'))
  })
  afterEach(() => rmSync(dir, {force: true, recursive: true}))

  function file(name: string, size: number): {fd: number; path: string} {
    const path = join(dir, name)
    writeFileSync(path, Buffer.alloc(size, 'some bytes'))
    return {fd: openSync(path, 'r+'), path}
  }

  for (const size of [0, 1, 4 * MIB, 4 * MIB + 1, 9 * MIB + 17]) {
    it(`is that of another file with the same ${size} bytes, and changes with its length and its ends`, () => {
      const {fd, path} = file('a', size)
      const mark = contentMark(fd)
      expect(contentMark(file('b', size).fd)).to.equal(mark)
      for (const at of [0, Math.floor(MIB / 2), size - 1]) {
        if (at < 0 || at >= size) continue
        writeSync(fd, '!', at)
        expect(contentMark(fd), `at ${at}`).not.to.equal(mark)
        writeFileSync(path, Buffer.alloc(size, 'some bytes'))
        expect(contentMark(fd)).to.equal(mark)
      }

      truncateSync(path, size + 1)
      expect(contentMark(fd)).not.to.equal(mark)
    })
  }

  it('shows one byte anywhere in a file of 4 MiB', () => {
    const {fd} = file('a', 4 * MIB)
    const mark = contentMark(fd)
    writeSync(fd, '!', 3_210_123)
    expect(contentMark(fd)).not.to.equal(mark)
  })
})
