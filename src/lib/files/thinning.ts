/** Retention of automatic backups, and of those that restores replaced. */
export const KEPT_BACKUPS = {
  /** Number of newest ones. */
  recent: 3,
  /** Number of days, in UTC, of each of which the newest is kept. Days without backups do not count. */
  days: 7,
  /** Number of weeks, which begin on Monday. */
  weeks: 4,
  /** Number of damaged copies. They never displace an intact one. */
  damaged: 2,
  /** Number of copies without a completed check, because their server was killed. */
  unchecked: 5,
} as const

/** Fields of a backup that retention needs. */
interface Thinned {
  damaged: boolean
  kind: string
  /** ISO 8601. */
  time: string
  unchecked: boolean
}

const DAY_MS = 86_400_000

/**
 * Chooses the backups to remove. A user's own backups are never chosen. Days and weeks are counted by existing backups,
 * not back from now, so a clock that jumps ahead removes nothing.
 * @param backups newest first
 */
export function superfluous<T extends Thinned>(backups: readonly T[]): T[] {
  return ['automatic', 'before-restore'].flatMap((kind) => {
    const all = backups.filter((backup) => backup.kind === kind)
    const good = all.filter(({damaged, unchecked}) => !damaged && !unchecked)
    const kept = new Set([
      ...good.slice(0, KEPT_BACKUPS.recent),
      ...newestOfEach(good, dayOf, KEPT_BACKUPS.days),
      ...newestOfEach(good, weekOf, KEPT_BACKUPS.weeks),
    ])
    return [
      ...good.filter((backup) => !kept.has(backup)),
      ...all.filter(({damaged}) => damaged).slice(KEPT_BACKUPS.damaged),
      ...all.filter(({unchecked}) => unchecked).slice(KEPT_BACKUPS.unchecked),
    ]
  })
}

function newestOfEach<T extends Thinned>(
  backups: readonly T[],
  periodOf: (time: number) => number,
  count: number,
): T[] {
  const newest = new Map<number, T>()
  for (const backup of backups) {
    const period = periodOf(Date.parse(backup.time))
    if (!newest.has(period)) newest.set(period, backup)
  }

  return [...newest.values()].slice(0, count)
}

function dayOf(time: number): number {
  return Math.floor(time / DAY_MS)
}

/** The first day of 1970 was a Thursday. */
function weekOf(time: number): number {
  return Math.floor((dayOf(time) + 3) / 7)
}
