import {mkdirSync, renameSync, writeFileSync} from 'node:fs'
import {expect} from 'chai'

import {ServerError} from '../../../src/lib/errors.js'
import {begin, requireOwnGraph} from '../../../src/lib/lifecycle/operation.js'
import {useSandbox} from '../../support/use.js'

describe('an operation', () => {
  const sandbox = useSandbox()

  it('reports that its graph does not exist when another program has renamed it meanwhile', async () => {
    mkdirSync(sandbox.graphDir(), {recursive: true})
    writeFileSync(`${sandbox.graphDir()}/db.sqlite`, '')
    const op = await begin({dataDir: sandbox.dataDir, repo: 'demo'})
    renameSync(sandbox.graphDir(), sandbox.graphDir('demo2'))
    const message = `Graph "demo" does not exist in ${sandbox.dataDir}`
    expect(() => requireOwnGraph(op))
      .to.throw(ServerError, message)
      .that.include({code: 'graph-not-exists'})
  })
})
