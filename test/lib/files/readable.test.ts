import {truncateSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {diskFailure} from '../../../src/lib/files/readable.js'
import {useSandbox} from '../../support/use.js'

describe('diskFailure', () => {
  const sandbox = useSandbox()

  it('reads no longer than a second of a file without end', function () {
    this.timeout(60_000)
    if (process.platform === 'win32') this.skip() // there the disk has to have room for it
    const path = join(sandbox.dir, 'db.sqlite')
    writeFileSync(path, '')
    truncateSync(path, 64 * 1024 ** 3)
    const began = process.cpuUsage()
    expect(diskFailure(path)).to.equal(undefined)
    const {system, user} = process.cpuUsage(began)
    expect((system + user) / 1e6, 'seconds of the processor').to.be.lessThan(3)
  })
})
