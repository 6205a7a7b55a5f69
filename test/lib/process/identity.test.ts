import {expect} from 'chai'

import {
  type Identity,
  isSameProcess,
  type Liveness,
  livenessOf,
  type ProcessFacts,
  scopeOf,
} from '../../../src/lib/process/identity.js'
import {HERE} from '../../support/fake-system.js'

type Seen = 'differs' | 'missing' | 'same'

/** Where an identity is, by what its boot, namespace and machine are compared with ours. */
const PLACES: [boot: Seen, namespace: Seen, machine: Seen, expected: ReturnType<typeof scopeOf>][] = [
  ['same', 'same', 'same', 'here'],
  ['same', 'same', 'differs', 'here'], // the host was renamed
  ['same', 'same', 'missing', 'here'],
  ['same', 'differs', 'same', 'other-namespace'],
  ['same', 'differs', 'differs', 'other-namespace'], // containers have host names of their own
  ['same', 'differs', 'missing', 'other-namespace'],
  ['same', 'missing', 'same', 'here'],
  ['same', 'missing', 'differs', 'here'],
  ['same', 'missing', 'missing', 'here'],
  ['differs', 'same', 'same', 'dead'],
  ['differs', 'same', 'differs', 'other-machine'],
  ['differs', 'same', 'missing', 'other-namespace'],
  ['differs', 'differs', 'same', 'dead'],
  ['differs', 'differs', 'differs', 'other-machine'],
  ['differs', 'differs', 'missing', 'other-namespace'],
  ['differs', 'missing', 'same', 'dead'],
  ['differs', 'missing', 'differs', 'other-machine'],
  ['differs', 'missing', 'missing', 'other-namespace'],
  ['missing', 'same', 'same', 'here'],
  ['missing', 'same', 'differs', 'other-machine'],
  ['missing', 'same', 'missing', 'here'],
  ['missing', 'differs', 'same', 'other-namespace'],
  ['missing', 'differs', 'differs', 'other-machine'],
  ['missing', 'differs', 'missing', 'other-namespace'],
  ['missing', 'missing', 'same', 'here'],
  ['missing', 'missing', 'differs', 'other-machine'],
  ['missing', 'missing', 'missing', 'here'],
]

function identity(boot: Seen, namespace: Seen, machine: Seen, start?: string): Identity {
  const value = (seen: Seen, here: string | undefined) =>
    seen === 'missing' ? undefined : seen === 'same' ? here : `not ${here}`
  return {
    'boot-id': value(boot, HERE['boot-id']),
    'machine-id': value(machine, HERE['machine-id']),
    pid: 42,
    'pid-namespace': value(namespace, HERE['pid-namespace']),
    'process-start': start,
  }
}

const RUNNING: ProcessFacts = {pid: 42, start: '100', zombie: false}

describe('the host of an identity', () => {
  for (const [boot, namespace, machine, expected] of PLACES) {
    it(`boot ${boot}, namespace ${namespace}, machine ${machine}: ${expected}`, () => {
      expect(scopeOf(identity(boot, namespace, machine), HERE)).to.equal(expected)
    })

    it(`boot ${boot}, namespace ${namespace}, machine ${machine}: a process of that pid changes nothing elsewhere`, () => {
      const liveness = livenessOf(identity(boot, namespace, machine, '100'), HERE, RUNNING)
      expect(liveness).to.equal(expected === 'here' ? 'alive' : expected)
    })
  }

  it('what is not known of ourselves says nothing', () => {
    expect(scopeOf(identity('differs', 'differs', 'differs'), {})).to.equal('here')
  })
})

describe('the liveness of an identity of this host', () => {
  const ROWS: [what: string, start: string | undefined, found: ProcessFacts | undefined, expected: Liveness][] = [
    ['no such process', '100', undefined, 'dead'],
    ['no such process, start unknown', undefined, undefined, 'dead'],
    ['the same start', '100', RUNNING, 'alive'],
    ['another start: the pid was reused', '99', RUNNING, 'dead'],
    ['a zombie', '100', {...RUNNING, zombie: true}, 'dead'],
    ['a zombie of another start', '99', {...RUNNING, zombie: true}, 'dead'],
    ['a record without a start', undefined, RUNNING, 'possible'],
    ['a zombie, start unknown', undefined, {...RUNNING, zombie: true}, 'dead'],
    ['a process that does not tell its start', '100', {pid: 42, zombie: false}, 'possible'],
    ['neither tells a start', undefined, {pid: 42, zombie: false}, 'possible'],
  ]
  for (const [what, start, found, expected] of ROWS) {
    it(`${what}: ${expected}`, () => {
      expect(livenessOf(identity('same', 'same', 'same', start), HERE, found)).to.equal(expected)
    })
  }
})

describe('the process that was seen', () => {
  const seen: ProcessFacts = {pid: 7, start: '100', zombie: false}
  for (const [what, before, now, expected] of [
    ['of the same start', seen, {...seen}, true],
    ['of another start', seen, {...seen, start: '101'}, false],
    ['that is a zombie', seen, {...seen, zombie: true}, false],
    ['that is gone', seen, undefined, false],
    ['that was never seen', undefined, seen, false],
    ['whose start is not known any more', seen, {pid: 7, zombie: false}, false],
    ['whose start was never known', {pid: 7, zombie: false}, {pid: 7, zombie: false}, false],
  ] as const) {
    it(`${what}: ${expected ? 'is the same' : 'is not proven to be the same'}`, () => {
      expect(isSameProcess(before, now)).to.equal(expected)
    })
  }
})
