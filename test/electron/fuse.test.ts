import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'

import {refusesNode} from '../../src/electron/fuse.js'

const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
const CHUNK = 4 * 1024 * 1024

describe('whether an Electron program refuses to be Node.js', () => {
  let dir: string

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'logseq-server-test-'))
  })

  afterEach(() => rmSync(dir, {recursive: true}))

  function program(before: number, ...parts: (Buffer | string)[]): string {
    const path = join(dir, 'electron')
    writeFileSync(
      path,
      Buffer.concat([Buffer.alloc(before, 'x'), ...parts.map((part) => Buffer.from(part)), Buffer.alloc(100)]),
    )
    return path
  }

  const wire = (fuses: string) => [SENTINEL, Buffer.from([1, fuses.length]), fuses]

  it('is read from its fuses, wherever they are in the file', async () => {
    for (const before of [
      0,
      1000,
      CHUNK - 60,
      CHUNK - 34,
      CHUNK - 33,
      CHUNK - 20,
      CHUNK - 1,
      CHUNK,
      2 * CHUNK - 3,
      3 * CHUNK,
    ]) {
      expect(await refusesNode(program(before, ...wire('01111111')), 'linux'), `${before}`).to.equal(true)
      expect(await refusesNode(program(before, ...wire('11111111')), 'linux'), `${before}`).to.equal(false)
    }
  })

  it('is not, when the words are there by chance', async () => {
    expect(await refusesNode(program(10, SENTINEL, Buffer.from([0, 0]), '0', ...wire('1')), 'linux')).to.equal(false)
    expect(await refusesNode(program(10, SENTINEL, Buffer.from([0, 0]), '0', ...wire('0')), 'linux')).to.equal(true)
  })

  it('is not known of a program that has no fuses, or is gone', async () => {
    expect(await refusesNode(program(10), 'linux')).to.equal(false)
    expect(await refusesNode(join(dir, 'gone'), 'linux')).to.equal(false)
    expect(await refusesNode(process.execPath)).to.equal(false)
  })
})
