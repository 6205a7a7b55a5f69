import {chmodSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {KeptRead} from '../../../src/server/ownership/kept-read.js'
import {until} from '../../support/processes.js'
import {useSandbox} from '../../support/use.js'

describe('a file that is read again only after a change', () => {
  const sandbox = useSandbox()
  let reads = 0
  let path = ''
  let file: KeptRead<string>

  /**
   * Writes the file and reads it once. Then waits until the file system's clock has moved: only the file's age is pretended.
   * @param ageMs age that the file has for its reader
   */
  async function begin(ageMs: number): Promise<void> {
    path = join(sandbox.dir, 'file')
    writeFileSync(path, 'one')
    const read = () => {
      reads++
      return readFileSync(path, 'utf8')
    }

    file = new KeptRead(path, read, () => Math.ceil(statSync(path).ctimeMs) + ageMs)
    file.read()
    reads = 0
    await until(
      () => {
        writeFileSync(`${path}.clock`, '')
        return statSync(`${path}.clock`).ctimeMs > statSync(path).ctimeMs
      },
      15_000,
      'a later time of the file system',
    )
  }

  it('costs no read while it is unchanged', async () => {
    await begin(1100)
    expect([file.read(), file.read()]).to.deep.equal(['one', 'one'])
    expect(reads).to.equal(0)
  })

  it('is read each time while a change may not show in its time', async () => {
    await begin(900)
    writeFileSync(path, 'two')
    expect([file.read(), file.read()]).to.deep.equal(['two', 'two'])
    expect(reads).to.equal(2)
  })

  const changes: Record<string, () => void> = {
    'another file with its size and time in its place'() {
      const {atime, mtime} = statSync(path)
      writeFileSync(`${path}.new`, 'two')
      utimesSync(`${path}.new`, atime, mtime)
      renameSync(`${path}.new`, path)
    },
    'a write of the same size, with the time put back'() {
      const {atime, mtime} = statSync(path)
      writeFileSync(path, 'two')
      utimesSync(path, atime, mtime)
    },
    'another right'() {
      chmodSync(path, 0o400)
    },
  }

  for (const [what, change] of Object.entries(changes)) {
    it(`is read after ${what}`, async () => {
      await begin(1100)
      change()
      file.read()
      expect(reads).to.equal(1)
    })
  }

  it('is missed when it is gone, and found when it is back', async () => {
    await begin(1100)
    rmSync(path)
    expect(() => file.read()).to.throw(/ENOENT/)
    writeFileSync(path, 'two')
    expect(file.read()).to.equal('two')
  })
})
