import {expect} from 'chai'

import {KEPT_BACKUPS, superfluous} from '../../../src/lib/files/thinning.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

interface Backup {
  damaged: boolean
  kind: string
  time: string
  unchecked: boolean
}

/** Backups of one kind, newest first, of so many ms before a Thursday at noon. */
const backups = (ages: readonly number[], more: Partial<Backup> = {}): Backup[] =>
  ages.map((age) => ({
    damaged: false,
    kind: 'automatic',
    time: new Date(Date.UTC(2026, 10, 26, 12) - age).toISOString(),
    unchecked: false,
    ...more,
  }))

const kept = (all: Backup[]) => {
  const gone = new Set(superfluous(all))
  return all.filter((backup) => !gone.has(backup)).map(({time}) => time.slice(0, 13))
}

const every = (count: number, ms: number) => Array.from({length: count}, (_, i) => i * ms)

describe('the thinning of backups', () => {
  it('keeps all of a person’s own', () => {
    expect(superfluous(backups(every(500, HOUR_MS), {kind: 'own'}))).to.deep.equal([])
    expect(superfluous(backups(every(50, HOUR_MS), {damaged: true, kind: 'own'}))).to.deep.equal([])
  })

  it('keeps the newest, one a day and one a week, in the order of the names', () => {
    expect(kept(backups(every(24 * 60, HOUR_MS)))).to.deep.equal([
      '2026-11-26T12',
      '2026-11-26T11',
      '2026-11-26T10',
      ...['25', '24', '23', '22', '21', '20'].map((day) => `2026-11-${day}T23`),
      '2026-11-15T23',
      '2026-11-08T23',
    ])
  })

  it('loses no day to many restarts of one day', () => {
    const week = backups(every(7, DAY_MS))
    expect(kept([...backups(every(60, 60_000)), ...week.slice(1)])).to.include.members(
      week.slice(1).map(({time}) => time.slice(0, 13)),
    )
  })

  it('removes nothing because time has passed or the clock has jumped', () => {
    const old = backups(every(6, 400 * DAY_MS))
    expect(superfluous(old)).to.deep.equal([])
    expect(superfluous([...backups([-36_000 * DAY_MS, -36_000 * DAY_MS]), ...old])).to.deep.equal([])
  })

  it('never lets a damaged or an unchecked copy take the place of a good one', () => {
    const good = backups(every(5, DAY_MS))
    for (const state of [{damaged: true}, {unchecked: true}]) {
      const bad = backups(every(40, 1000), state)
      const gone = superfluous([...bad, ...good])
      expect(gone.every((backup) => bad.includes(backup))).to.equal(true)
      const {damaged, unchecked} = KEPT_BACKUPS
      expect(bad.filter((backup) => !gone.includes(backup))).to.have.length(state.damaged ? damaged : unchecked)
    }
  })

  it('thins what restores have replaced apart from what the server has made', () => {
    const replaced = backups(every(30, 60_000), {kind: 'before-restore'})
    const automatic = backups(every(3, DAY_MS))
    expect(kept([...replaced, ...automatic])).to.have.length(6)
  })

  it('always keeps the newest', () => {
    for (const time of ['1970-01-01T00:00:00.000Z', '9998-12-31T23:59:59.999Z'])
      expect(superfluous(backups([0], {time}))).to.deep.equal([])
    const newest = {...backups([0])[0]!, time: '1970-01-01T00:00:00.000Z'}
    expect(superfluous([newest, ...backups(every(30, DAY_MS))])).not.to.include(newest)
  })
})
