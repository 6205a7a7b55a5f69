import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {openStore} from '../../../src/engine/files/open.js'
import {systemClock} from '../../../src/lib/clock.js'
import type {ServerError} from '../../../src/lib/errors.js'
import {unpackGraph} from '../../support/graphs.js'
import {useSandbox} from '../../support/use.js'

describe('the opening of a database', () => {
  const sandbox = useSandbox()

  for (const [what, at, byte] of [
    ['write', 18, 3],
    ['use', 47, 5],
  ] as const)
    it(`refuses a format that SQLite does not ${what}, and leaves it as it is`, async () => {
      const dir = join(sandbox.dir, 'graph')
      mkdirSync(dir)
      const path = join(dir, 'db.sqlite')
      unpackGraph('fresh', path)
      const bytes = readFileSync(path)
      bytes[at] = byte
      writeFileSync(path, bytes)
      const error = (await openStore(dir, {clock: systemClock, create: false}).catch(
        (error_: unknown) => error_,
      )) as ServerError
      expect(error.code).to.equal('graph-invalid')
      expect(error.message).to.equal(`${path} cannot be opened: unsupported file format`)
      expect(readFileSync(path).equals(bytes)).to.equal(true)
      expect(readdirSync(dir)).to.deep.equal(['db.sqlite'])
    })
})
