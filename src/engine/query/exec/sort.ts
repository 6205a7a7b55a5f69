import type {Value} from '../../../values/types.js'
import {compareValues} from '../../compare.js'
import type {MemoryAccountant} from '../../memory-accountant.js'
import type {CooperativeTask} from '../../task.js'

/** Number of values that are sorted in one step. */
const RUN = 512

/** Sorts values in ascending order, and yields between the steps. */
export function* sorted(values: readonly Value[], memory: MemoryAccountant): CooperativeTask<Value[]> {
  let from: Value[] = []
  for (let at = 0; at < values.length; at += RUN) {
    for (const value of values.slice(at, at + RUN).sort((a, b) => compareValues(a, b))) from.push(value)
    if (memory.shouldYield()) yield
  }

  for (let width = RUN; width < from.length; width *= 2) {
    const to: Value[] = []
    for (let start = 0; start < from.length; start += 2 * width) yield* merge(from, start, {memory, to, width})
    from = to
  }

  return from
}

/** Appends two neighbouring runs, merged. */
function* merge(
  from: readonly Value[],
  start: number,
  {memory, to, width}: {memory: MemoryAccountant; to: Value[]; width: number},
): CooperativeTask<void> {
  const middle = Math.min(start + width, from.length)
  const end = Math.min(start + 2 * width, from.length)
  let left = start
  let right = middle
  while (left < middle || right < end) {
    const takesLeft = right === end || (left < middle && compareValues(from[left]!, from[right]!) <= 0)
    to.push(from[takesLeft ? left++ : right++]!)
    if (memory.shouldYield()) yield
  }
}
