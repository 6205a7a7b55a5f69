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

const MAY: Record<'manages' | 'nothing' | 'renews' | 'takes over', StartAuthority> = {
  manages: {canStop: true, updatesOwnerProcess: false, takesOver: false},
  nothing: {canStop: false, updatesOwnerProcess: false, takesOver: false},
  renews: {canStop: true, updatesOwnerProcess: true, takesOver: false},
  'takes over': {canStop: true, updatesOwnerProcess: false, takesOver: true},
}

type Columns<T> = Record<keyof typeof MAY, T>
const all = <T>(step: T): Columns<T> => ({manages: step, nothing: step, renews: step, 'takes over': step})

const stops = {manages: 'stop', nothing: 'deny', renews: 'stop', 'takes over': 'stop'} as const

const START: Record<keyof typeof SEEN, Columns<ReturnType<typeof decideStart>['do']>> = {
  absent: all('spawn'),
  corrupt: all('spawn'),
  elsewhere: all('refuse'),
  ready: {manages: 'reuse', nothing: 'reuse', renews: 'renew', 'takes over': 'take-over'},
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

describe('what is done next', () => {
  for (const [what, seen] of Object.entries(SEEN)) {
    for (const [who, may] of Object.entries(MAY) as [keyof typeof MAY, StartAuthority][]) {
      const start = START[what]![who]
      it(`a start that finds it ${what}, by one who ${who}: ${start}`, () => {
        const step = decideStart(seen, may)
        expect(step.do).to.equal(start)
        if ('seen' in step) expect(step.seen).to.equal(seen)
      })

      const stop = STOP[what]![who]
      it(`a stop that finds it ${what}, by one who ${who}: ${stop}`, () => {
        const step = decideStop(seen, may)
        expect(step.do).to.equal(stop)
        if ('seen' in step) expect(step.seen).to.equal(seen)
      })
    }
  }
})
