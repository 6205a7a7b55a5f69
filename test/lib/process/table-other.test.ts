import {once} from 'node:events'
import {expect} from 'chai'

import {otherTable} from '../../../src/lib/process/table-other.js'
import {Sandbox} from '../../support/sandbox.js'

describe('where no process table can be read', () => {
  const table = otherTable()

  it('a pid exists or not, and nothing else is reported', async () => {
    const sandbox = new Sandbox()
    try {
      expect(await table.getProcess(process.pid)).to.deep.equal({pid: process.pid, zombie: false})
      const child = sandbox.spawn('true', [])
      await once(child, 'exit')
      expect(await table.getProcess(child.pid)).to.equal(undefined)
    } finally {
      await sandbox.dispose()
    }
  })

  it('it says that it cannot look for orphans', async () => {
    expect(table.scans).to.equal(false)
    expect(table.listens(process.pid, 1)).to.equal(undefined)
    expect(await table.hostIdentity()).to.have.all.keys('machine-id')
  })
})
