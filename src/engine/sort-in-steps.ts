import type {CooperativeTask, ExecutionContext} from './task.js'

/** Number of values that are sorted in one step. */
const RUN = 512

type Compare<T> = (a: T, b: T) => number
type Pauses = Pick<ExecutionContext, 'shouldYield'>

/** Sorts values in ascending order, and yields between the steps. */
export function* sortInSteps<T>(values: readonly T[], compare: Compare<T>, pauses: Pauses): CooperativeTask<T[]> {
  let from: T[] = []
  for (let at = 0; at < values.length; at += RUN) {
    for (const value of values.slice(at, at + RUN).sort(compare)) from.push(value)
    if (pauses.shouldYield()) yield
  }

  for (let width = RUN; width < from.length; width *= 2) {
    const to: T[] = []
    for (let start = 0; start < from.length; start += 2 * width) yield* merge(from, start, {compare, pauses, to, width})
    from = to
  }

  return from
}

/** Appends two neighbouring runs, merged. */
function* merge<T>(
  from: readonly T[],
  start: number,
  {compare, pauses, to, width}: {compare: Compare<T>; pauses: Pauses; to: T[]; width: number},
): CooperativeTask<void> {
  const middle = Math.min(start + width, from.length)
  const end = Math.min(start + 2 * width, from.length)
  let left = start
  let right = middle
  while (left < middle || right < end) {
    const takesLeft = right === end || (left < middle && compare(from[left]!, from[right]!) <= 0)
    to.push(from[takesLeft ? left++ : right++]!)
    if (pauses.shouldYield()) yield
  }
}
