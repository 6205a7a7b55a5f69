import {keyOf, type Value, ValueSet} from '../../../values/types.js'
import {compareValues} from '../../compare.js'
import type {MemoryAccountant} from '../../memory-accountant.js'
import {sortInSteps} from '../../sort-in-steps.js'
import type {CooperativeTask} from '../../task.js'
import {ArgumentError, numberIn} from '../functions/callable.js'

/** Makes one value of all values of a group, of which there is at least one. `count` is what stands in front of them. */
export type Aggregate = (
  values: readonly Value[],
  count: number | undefined,
  memory: MemoryAccountant,
) => CooperativeTask<Value>

/** Aggregates that take nothing but the values. */
const PLAIN: Record<string, Aggregate> = {
  *avg(values, _, memory) {
    return (yield* sum(values, memory)) / values.length
  },
  // eslint-disable-next-line require-yield
  *count(values) {
    return values.length
  },
  *'count-distinct'(values, _, memory) {
    return (yield* different(values, memory)).length
  },
  *distinct(values, _, memory) {
    return ValueSet.distinct(yield* different(values, memory))
  },
  *median(values, _, memory) {
    const all = yield* sortInSteps(yield* numbers(values, memory), compareValues, memory)
    const middle = all.length >> 1
    const upper = all[middle] as number
    return all.length % 2 === 1 ? upper : ((all[middle - 1] as number) + upper) / 2
  },
  *stddev(values, _, memory) {
    return Math.sqrt(yield* variance(values, memory))
  },
  *sum(values, _, memory) {
    return yield* sum(values, memory)
  },
  *variance(values, _, memory) {
    return yield* variance(values, memory)
  },
}

/** Aggregates that may have a count in front of the values, and then return that many. */
const COUNTED: Record<string, Aggregate> = {
  *max(values, count, memory) {
    if (count === undefined) return yield* extreme(values, 1, memory)
    return count === 0 ? [] : (yield* sortInSteps(values, compareValues, memory)).slice(-count)
  },
  *min(values, count, memory) {
    if (count === undefined) return yield* extreme(values, -1, memory)
    return (yield* sortInSteps(values, compareValues, memory)).slice(0, count)
  },
  // eslint-disable-next-line require-yield
  *rand(values, count): CooperativeTask<Value> {
    if (count === undefined) return oneOf(values)
    return Array.from({length: Math.min(count, MAX_DRAWN)}, () => oneOf(values))
  },
  *sample(values, count, memory) {
    if (count === undefined) throw new ArgumentError('expected the number of values as the first argument')
    return yield* sample(values, count, memory)
  },
}

const MAX_DRAWN = 100_000

/** Finds an aggregate by its name. @returns undefined if it does not exist */
export function aggregateOf(name: string): {aggregate: Aggregate; counted: boolean} | undefined {
  if (Object.hasOwn(PLAIN, name)) return {aggregate: PLAIN[name]!, counted: false}
  return Object.hasOwn(COUNTED, name) ? {aggregate: COUNTED[name]!, counted: true} : undefined
}

function* numbers(values: readonly Value[], memory: MemoryAccountant): CooperativeTask<Value[]> {
  const all: Value[] = []
  for (const value of values) {
    all.push(numberIn(value))
    if (memory.shouldYield()) yield
  }

  return all
}

function* sum(values: readonly Value[], memory: MemoryAccountant): CooperativeTask<number> {
  let total = 0
  for (const value of values) {
    total += numberIn(value)
    if (memory.shouldYield()) yield
  }

  return total
}

function* variance(values: readonly Value[], memory: MemoryAccountant): CooperativeTask<number> {
  const mean = (yield* sum(values, memory)) / values.length
  let total = 0
  for (const value of values) {
    total += (numberIn(value) - mean) ** 2
    if (memory.shouldYield()) yield
  }

  return total / values.length
}

/** @param sign 1 for the greatest, -1 for the least */
function* extreme(values: readonly Value[], sign: -1 | 1, memory: MemoryAccountant): CooperativeTask<Value> {
  let best: Value = values[0] ?? null
  for (const value of values) {
    if (sign * compareValues(value, best) > 0) best = value
    if (memory.shouldYield()) yield
  }

  return best
}

function* different(values: readonly Value[], memory: MemoryAccountant): CooperativeTask<Value[]> {
  const all = new Map<unknown, Value>()
  for (const value of values) {
    const key = keyOf(value)
    if (!all.has(key)) all.set(key, value)
    if (memory.shouldYield()) yield
  }

  return [...all.values()]
}

function oneOf(values: readonly Value[]): Value {
  return values[Math.floor(Math.random() * values.length)]!
}

/** Some of the values, none of them twice: the first places of a shuffled copy. */
function* sample(values: readonly Value[], count: number, memory: MemoryAccountant): CooperativeTask<Value[]> {
  const all = [...values]
  const size = Math.min(count, all.length)
  for (let i = 0; i < size; i++) {
    const j = i + Math.floor(Math.random() * (all.length - i))
    const drawn = all[j]!
    all[j] = all[i]!
    all[i] = drawn
    if (memory.shouldYield()) yield
  }

  return all.slice(0, size)
}
