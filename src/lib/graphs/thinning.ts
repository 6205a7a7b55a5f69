/** How many automatic backups of a graph are kept, and how many of those that restores have replaced. */
export const KEPT_BACKUPS = {
  /** The newest. */
  recent: 3,
  /** The newest of each of so many days on which there are any. Days are those of UTC. */
  days: 7,
  /** The same for weeks, which begin on Monday. */
  weeks: 4,
  /** Damaged copies. They never take the place of a good one. */
  damaged: 2,
  /** Copies that no check has ended for: their server was killed before. */
  unchecked: 5,
} as const

/** What thinning needs to know of a backup. */
interface Thinned {
  damaged: boolean
  kind: string
  /** ISO 8601. */
  time: string
  unchecked: boolean
}

const DAY_MS = 86_400_000

/**
 * Chooses the backups that are more than enough. Those that a person has made are never chosen. Days and weeks are counted
 * by the backups there are, not back from now: a clock that jumps ahead removes nothing.
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
