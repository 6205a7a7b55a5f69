import {expect} from 'chai'

import {GLOBAL_METHODS, READ_METHODS, WRITE_METHODS} from '../../../src/lib/methods.js'
import {METHODS} from '../../../src/server/methods/all.js'

describe('the registry of methods', () => {
  const methods = [...METHODS.values()]

  it('has each method once, under its name', () => {
    expect(METHODS.size).to.equal(new Set(methods.map(({name}) => name)).size)
    for (const [name, method] of METHODS) expect(method.name).to.equal(name)
  })

  it('agrees with the clients about which methods only read', () => {
    const reads = methods.filter(({access}) => access === 'read').map(({name}) => name)
    expect([...READ_METHODS].sort()).to.deep.equal(reads.sort())
  })

  it('agrees with the clients about which methods write', () => {
    const writes = methods.filter(({access}) => access === 'write').map(({name}) => name)
    expect([...WRITE_METHODS].sort()).to.deep.equal(writes.sort())
  })

  it('has the methods that the clients call without a graph', () => {
    expect([...GLOBAL_METHODS].filter((name) => !METHODS.has(name))).to.deep.equal([])
  })
})
