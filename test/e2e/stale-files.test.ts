import {mkdirSync, utimesSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {temporaryOf} from '../../src/lib/files/names.js'
import {namesIn} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'
import {endOf, workerArgs} from '../support/workers.js'

const TWO_HOURS_S = 7200

describe('a temporary file that a killed process has left', () => {
  const sandbox = useSandbox()

  it('is removed by the next server, and by none that does not get the graph', async () => {
    mkdirSync(sandbox.graphDir())
    const path = join(sandbox.graphDir(), temporaryOf('db-worker.lock'))
    const leave = () => {
      writeFileSync(path, '{"pid":1')
      utimesSync(path, Date.now() / 1000 - TWO_HOURS_S, Date.now() / 1000 - TWO_HOURS_S)
    }

    const isThere = () => namesIn(sandbox.graphDir()).some((name) => path.endsWith(name))
    leave()
    await sandbox.start()
    expect(isThere()).to.equal(false)

    leave()
    const loser = sandbox.spawn(process.execPath, workerArgs(sandbox))
    expect(await endOf(loser)).to.include({code: 1})
    expect(isThere()).to.equal(true)
  })
})
