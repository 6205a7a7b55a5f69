import {keyOf, type Value, ValueSet} from '../../values/types.js'
import {compareValues} from '../order.js'
import type {Task} from '../task.js'
import type {Meter} from './exec/meter.js'
import {ArgumentError, numberIn} from './functions/callable.js'
import {sorted} from './sort.js'

/** Makes one value of all values of a group, of which there is at least one. `count` is what stands in front of them. */
export type Aggregate = (values: readonly Value[], count: number | undefined, meter: Meter) => Task<Value>

/** Those that take nothing but the values. */
const PLAIN: Record<string, Aggregate> = {
  *avg(values, _, meter) {
    return (yield* sum(values, meter)) / values.length
  },
  // eslint-disable-next-line require-yield
  *count(values) {
    return values.length
  },
  *'count-distinct'(values, _, meter) {
    return (yield* different(values, meter)).length
  },
  *distinct(values, _, meter) {
    return ValueSet.distinct(yield* different(values, meter))
  },
  *median(values, _, meter) {
    const all = yield* sorted(yield* numbers(values, meter), meter)
    const middle = all.length >> 1
    const upper = all[middle] as number
    return all.length % 2 === 1 ? upper : ((all[middle - 1] as number) + upper) / 2
  },
  *stddev(values, _, meter) {
    return Math.sqrt(yield* variance(values, meter))
  },
  *sum(values, _, meter) {
    return yield* sum(values, meter)
  },
  *variance(values, _, meter) {
    return yield* variance(values, meter)
  },
}

/** Those that may have a number in front of the values, and give so many then. */
const COUNTED: Record<string, Aggregate> = {
  *max(values, count, meter) {
    if (count === undefined) return yield* extreme(values, 1, meter)
    return count === 0 ? [] : (yield* sorted(values, meter)).slice(-count)
  },
  *min(values, count, meter) {
    if (count === undefined) return yield* extreme(values, -1, meter)
    return (yield* sorted(values, meter)).slice(0, count)
  },
  // eslint-disable-next-line require-yield
  *rand(values, count): Task<Value> {
    if (count === undefined) return oneOf(values)
    return Array.from({length: Math.min(count, MAX_DRAWN)}, () => oneOf(values))
  },
  *sample(values, count, meter) {
    if (count === undefined) throw new ArgumentError('how many is missing')
    return yield* sample(values, count, meter)
  },
}

const MAX_DRAWN = 100_000

/** @returns undefined when there is no such aggregate */
export function aggregateOf(name: string): {aggregate: Aggregate; counted: boolean} | undefined {
  if (Object.hasOwn(PLAIN, name)) return {aggregate: PLAIN[name]!, counted: false}
  return Object.hasOwn(COUNTED, name) ? {aggregate: COUNTED[name]!, counted: true} : undefined
}

function* numbers(values: readonly Value[], meter: Meter): Task<Value[]> {
  const all: Value[] = []
  for (const value of values) {
    all.push(numberIn(value))
    if (meter.due()) yield
  }

  return all
}

function* sum(values: readonly Value[], meter: Meter): Task<number> {
  let total = 0
  for (const value of values) {
    total += numberIn(value)
    if (meter.due()) yield
  }

  return total
}

function* variance(values: readonly Value[], meter: Meter): Task<number> {
  const mean = (yield* sum(values, meter)) / values.length
  let total = 0
  for (const value of values) {
    total += (numberIn(value) - mean) ** 2
    if (meter.due()) yield
  }

  return total / values.length
}

/** @param sign 1 for the greatest, -1 for the least */
function* extreme(values: readonly Value[], sign: -1 | 1, meter: Meter): Task<Value> {
  let best: Value = values[0] ?? null
  for (const value of values) {
    if (sign * compareValues(value, best) > 0) best = value
    if (meter.due()) yield
  }

  return best
}

function* different(values: readonly Value[], meter: Meter): Task<Value[]> {
  const all = new Map<unknown, Value>()
  for (const value of values) {
    const key = keyOf(value)
    if (!all.has(key)) all.set(key, value)
    if (meter.due()) yield
  }

  return [...all.values()]
}

function oneOf(values: readonly Value[]): Value {
  return values[Math.floor(Math.random() * values.length)]!
}

/** Some of the values, none of them twice: the first places of a shuffled copy. */
function* sample(values: readonly Value[], count: number, meter: Meter): Task<Value[]> {
  const all = [...values]
  const size = Math.min(count, all.length)
  for (let i = 0; i < size; i++) {
    const j = i + Math.floor(Math.random() * (all.length - i))
    const drawn = all[j]!
    all[j] = all[i]!
    all[i] = drawn
    if (meter.due()) yield
  }

  return all.slice(0, size)
}
