import type {Value} from '../../values/types.js'
import {compareValues} from '../order.js'
import type {Task} from '../task.js'
import type {Meter} from './exec/meter.js'

/** So many values are sorted at once. */
const RUN = 512

/** The values in ascending order; others get their turn between the steps. */
export function* sorted(values: readonly Value[], meter: Meter): Task<Value[]> {
  let from: Value[] = []
  for (let at = 0; at < values.length; at += RUN) {
    for (const value of values.slice(at, at + RUN).sort((a, b) => compareValues(a, b))) from.push(value)
    if (meter.pace.due()) yield
  }

  for (let width = RUN; width < from.length; width *= 2) {
    const to: Value[] = []
    for (let start = 0; start < from.length; start += 2 * width) yield* merge(from, start, {meter, to, width})
    from = to
  }

  return from
}

/** Appends two neighbouring runs, merged. */
function* merge(
  from: readonly Value[],
  start: number,
  {meter, to, width}: {meter: Meter; to: Value[]; width: number},
): Task<void> {
  const middle = Math.min(start + width, from.length)
  const end = Math.min(start + 2 * width, from.length)
  let left = start
  let right = middle
  while (left < middle || right < end) {
    const takesLeft = right === end || (left < middle && compareValues(from[left]!, from[right]!) <= 0)
    to.push(from[takesLeft ? left++ : right++]!)
    if (meter.due()) yield
  }
}
