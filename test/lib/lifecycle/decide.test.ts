import {expect} from 'chai'

import {decideStart, decideStop, type StartAuthority} from '../../../src/lib/lifecycle/decide.js'
import type {Inspection, Named, State} from '../../../src/lib/lifecycle/inspect/classify.js'

const record = {'owner-source': 'cli', pid: 42, repo: 'r'} as const
const named = (state: Named['state'], more: Partial<Named> = {}): Named => ({record, state, ...more})

const SEEN: Record<string, Inspection> = {
  absent: {state: 'absent'},
  corrupt: {problem: 'it is empty', state: 'corrupt'},
  elsewhere: named('elsewhere'),
  ready: named('ready'),
  stale: named('stale'),
  starting: named('starting'),
  unreadable: {state: 'unreadable', uid: 0},
  unresponsive: named('unresponsive'),
  'unsupported and not ready': named('unsupported', {ready: false}),
  'unsupported and ready': named('unsupported', {ready: true}),
} satisfies Partial<Record<State, Inspection>> & Record<string, Inspection>

const MAY: Record<'may not stop' | 'may stop' | 'takes over' | 'updates the owner process', StartAuthority> = {
  'may stop': {canStop: true, updatesOwnerProcess: false, takesOver: false},
  'may not stop': {canStop: false, updatesOwnerProcess: false, takesOver: false},
  'updates the owner process': {canStop: true, updatesOwnerProcess: true, takesOver: false},
  'takes over': {canStop: true, updatesOwnerProcess: false, takesOver: true},
}

type Columns<T> = Record<keyof typeof MAY, T>
const all = <T>(step: T): Columns<T> => ({
  'may not stop': step,
  'may stop': step,
  'takes over': step,
  'updates the owner process': step,
})

const stops = {...all('stop' as const), 'may not stop': 'deny'} as const

const START: Record<keyof typeof SEEN, Columns<ReturnType<typeof decideStart>['do']>> = {
  absent: all('spawn'),
  corrupt: all('spawn'),
  elsewhere: all('refuse'),
  ready: {...all('reuse'), 'takes over': 'take-over', 'updates the owner process': 'renew'},
  stale: all('spawn'),
  starting: all('wait'),
  unreadable: all('refuse'),
  unresponsive: all('wait'),
  'unsupported and not ready': all('refuse'),
  'unsupported and ready': all('reuse'),
}

const STOP: Record<keyof typeof SEEN, Columns<ReturnType<typeof decideStop>['do']>> = {
  absent: all('none'),
  corrupt: all('none'),
  elsewhere: all('refuse'),
  ready: stops,
  stale: all('none'),
  starting: stops,
  unreadable: all('refuse'),
  unresponsive: stops,
  'unsupported and not ready': all('refuse'),
  'unsupported and ready': all('refuse'),
}

describe('decideStart and decideStop', () => {
  for (const [what, seen] of Object.entries(SEEN)) {
    for (const [who, may] of Object.entries(MAY) as [keyof typeof MAY, StartAuthority][]) {
      const start = START[what]![who]
      it(`choose ${start} for a start when the server is ${what} and the requester ${who}`, () => {
        const step = decideStart(seen, may)
        expect(step.do).to.equal(start)
        if ('seen' in step) expect(step.seen).to.equal(seen)
      })

      const stop = STOP[what]![who]
      it(`choose ${stop} for a stop when the server is ${what} and the requester ${who}`, () => {
        const step = decideStop(seen, may)
        expect(step.do).to.equal(stop)
        if ('seen' in step) expect(step.seen).to.equal(seen)
      })
    }
  }
})
