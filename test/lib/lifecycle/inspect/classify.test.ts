import {expect} from 'chai'

import {classify, type State} from '../../../../src/lib/lifecycle/inspect/classify.js'
import type {Probe} from '../../../../src/lib/lifecycle/inspect/probe.js'
import type {RecordRead} from '../../../../src/lib/lock/record-file.js'
import type {LockRecord} from '../../../../src/lib/lock/record.js'
import type {Liveness} from '../../../../src/lib/process/identity.js'

const RECORD: LockRecord = {'owner-source': 'cli', pid: 42, repo: 'r', version: 2}
const PROCESS = {pid: 42, start: '1', zombie: false}

/** For a record that is there: what its holder's life and its port's answer amount to. */
const TABLE: Record<Liveness, Record<Probe, State>> = {
  alive: {ready: 'ready', silent: 'unresponsive', starting: 'starting', stranger: 'unresponsive'},
  dead: {ready: 'stale', silent: 'stale', starting: 'stale', stranger: 'stale'},
  'other-machine': {ready: 'ready', silent: 'elsewhere', starting: 'starting', stranger: 'elsewhere'},
  'other-namespace': {ready: 'ready', silent: 'elsewhere', starting: 'starting', stranger: 'elsewhere'},
  possible: {ready: 'ready', silent: 'stale', starting: 'starting', stranger: 'stale'},
}

describe('the status of a server', () => {
  for (const [liveness, answers] of Object.entries(TABLE) as [Liveness, Record<Probe, State>][]) {
    for (const [answer, state] of Object.entries(answers) as [Probe, State][]) {
      it(`holder ${liveness}, port ${answer}: ${state}`, () => {
        const seen = classify({answer, liveness, read: {kind: 'present', record: RECORD}})
        expect(seen).to.deep.include({record: RECORD, state})
      })

      const newer = state === 'stale' ? 'stale' : 'unsupported'
      it(`holder ${liveness}, port ${answer}, of a newer version: ${newer}`, () => {
        const record = {...RECORD, version: 3}
        const seen = classify({answer, liveness, read: {kind: 'present', record}})
        expect(seen).to.deep.include({record, state: newer})
        if (newer === 'unsupported') expect(seen).to.include({ready: answer === 'ready'})
      })
    }
  }

  const WITHOUT: [read: RecordRead, expected: object][] = [
    [{kind: 'absent'}, {state: 'absent'}],
    [
      {kind: 'corrupt', problem: 'it is empty'},
      {problem: 'it is empty', state: 'corrupt'},
    ],
    [
      {kind: 'unreadable', uid: 7},
      {state: 'unreadable', uid: 7},
    ],
    [
      {kind: 'unreadable', uid: undefined},
      {state: 'unreadable', uid: undefined},
    ],
  ]
  for (const [read, expected] of WITHOUT) {
    it(`a record that is ${read.kind}`, () => {
      expect(classify({read})).to.deep.equal(expected)
    })
  }

  it('a record that could not be read for now says nothing', () => {
    const error = new Error('EMFILE')
    expect(() => classify({read: {error, kind: 'failed'}})).to.throw(error)
  })

  it('what was not asked counts against it', () => {
    expect(classify({read: {kind: 'present', record: RECORD}}).state).to.equal('stale')
    expect(classify({liveness: 'alive', read: {kind: 'present', record: RECORD}}).state).to.equal('unresponsive')
  })

  it('names the process that may be signalled', () => {
    const read: RecordRead = {kind: 'present', record: RECORD}
    for (const answer of ['ready', 'starting', 'silent'] as const) {
      expect(classify({answer, liveness: 'alive', process: PROCESS, read})).to.have.property('process', PROCESS)
    }

    for (const liveness of ['dead', 'possible', 'other-namespace', 'other-machine'] as const) {
      expect(classify({liveness, process: PROCESS, read}), liveness).not.to.have.property('process')
    }
  })
})
