import {expect} from 'chai'

import {readUse} from '../../../../src/lib/lifecycle/inspect/reported-use.js'

const CLIENTS = {connections: 3, 'event-streams': 1, leases: 0}

describe('the use that a server reports', () => {
  it('is read, and fields of a later version are left out', () => {
    expect(readUse({clients: CLIENTS})).to.deep.equal({clients: CLIENTS})
    const more = {clients: {...CLIENTS, 'web-sockets': 2}, 'idle-ms': 1.5, memory: 5, since: 'noon'}
    expect(readUse(more)).to.deep.equal({clients: CLIENTS, 'idle-ms': 1.5, memory: 5})
  })

  it('is unknown if a field is not valid', () => {
    const cases: unknown[] = [undefined, null, 5, [], {}, {clients: null}, {clients: []}, {clients: {connections: 1}}]
    cases.push(
      {clients: {...CLIENTS, leases: -1}},
      {clients: {...CLIENTS, leases: '0'}},
      {clients: CLIENTS, 'idle-ms': -1},
      {clients: CLIENTS, memory: 1.5},
      {clients: CLIENTS, memory: null},
    )
    for (const value of cases) expect(readUse(value), JSON.stringify(value)).to.equal(undefined)
  })
})
