import {SEED} from './seed.js'

/** How many rounds a test takes: enough to find a race in the normal suite, many in `npm run test:long`. */
export function rounds(normal: number, long: number): number {
  return process.env['TEST_LONG'] ? long : normal
}

/**
 * The rows of a table that are run today: a share that moves on every day, so that all of them have their turn, or all of them in
 * `npm run test:long`.
 * @param count how many a day
 */
export function todays<T>(rows: readonly T[], count: number): T[] {
  const taken = Math.min(rounds(count, rows.length), rows.length)
  return Array.from({length: taken}, (_, i) => rows[(SEED * count + i) % rows.length]!)
}
