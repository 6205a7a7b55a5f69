import {mkdirSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {quarantinePath, temporaryOf} from '../../../src/lib/files/names.js'
import {removeStaleFiles} from '../../../src/lib/files/stale-files.js'
import {namesIn} from '../../support/sandbox.js'
import {useSandbox} from '../../support/use.js'

const HOUR_MS = 3_600_000
const OURS = ['db-worker.lock', 'db-worker.guard', 'db-worker.lifecycle.json', 'db-worker.lifecycle.lock']

describe('what killed processes leave in a graph’s directory', () => {
  const sandbox = useSandbox()
  const now = Date.now()

  beforeEach(() => {
    mkdirSync(sandbox.graphDir())
  })

  /** Makes a file of this age, and returns its name. */
  function makeFile(name: string, ageMs = 2 * HOUR_MS): string {
    const path = join(sandbox.graphDir(), name)
    writeFileSync(path, '{"pid":1')
    utimesSync(path, (now - ageMs) / 1000, (now - ageMs) / 1000)
    return name
  }

  function makeDirectory(name: string): string {
    mkdirSync(join(sandbox.graphDir(), name))
    return name
  }

  it('is removed: old temporary files, and empty directories that were moved aside', () => {
    for (const name of OURS) {
      makeFile(temporaryOf(name))
      makeDirectory(quarantinePath(name))
    }

    removeStaleFiles(sandbox.graphDir(), now)
    expect(namesIn(sandbox.graphDir())).to.deep.equal([])
  })

  it('is kept while it may be at work: a temporary file of this hour', () => {
    const name = makeFile(temporaryOf('db-worker.lock'), HOUR_MS / 2)
    removeStaleFiles(sandbox.graphDir(), now)
    expect(namesIn(sandbox.graphDir())).to.deep.equal([name])
    removeStaleFiles(sandbox.graphDir(), now + HOUR_MS)
    expect(namesIn(sandbox.graphDir())).to.deep.equal([])
  })

  it('is removed though its time is far ahead: the clock was set back since', () => {
    makeFile(temporaryOf('db-worker.lock'), -2 * HOUR_MS)
    removeStaleFiles(sandbox.graphDir(), now)
    expect(namesIn(sandbox.graphDir())).to.deep.equal([])
  })

  it('is kept when it may belong to another program: what was moved aside and holds anything, a link, names that are only like ours', () => {
    const full = makeDirectory(quarantinePath('db-worker.lock'))
    makeFile(join(full, 'precious'))
    const link = quarantinePath('db-worker.guard')
    symlinkSync('/nowhere', join(sandbox.graphDir(), link))
    const others = [
      ...OURS.map((name) => makeFile(name)),
      makeFile('db.sqlite'),
      makeFile('db-worker.lock.tmp'),
      makeFile(temporaryOf('my notes')),
      makeFile(`my ${temporaryOf('db-worker.lock')}`),
      makeFile(`${temporaryOf('db-worker.lock')}.txt`),
      makeDirectory(quarantinePath('assets')),
    ]
    removeStaleFiles(sandbox.graphDir(), now)
    expect(namesIn(sandbox.graphDir())).to.deep.equal([full, link, ...others].sort())
  })

  it('does not matter where there is no directory', () => {
    removeStaleFiles(join(sandbox.dir, 'none'), now)
  })
})
