import {present} from '../../../values/present.js'
import {equal, type Value} from '../../../values/types.js'
import {compareValues} from '../../compare.js'
import {
  ArgumentError,
  type FunctionOfValues,
  type Functions,
  integerIn,
  numberIn,
  takes,
  takesAtLeast,
} from './callable.js'

/** Comparison and arithmetic. Comparison takes values of all types. */
export const NUMBERS: Functions = {
  '!=': takesAtLeast(1, (args) => !allEqual(args)),
  '*': takesAtLeast(0, (args) => args.reduce<number>((product, value) => product * numberIn(value), 1)),
  '+': takesAtLeast(0, (args) => args.reduce<number>((sum, value) => sum + numberIn(value), 0)),
  '-': takesAtLeast(1, subtract),
  '/': takesAtLeast(1, divide),
  '<': chain((order) => order < 0),
  '<=': chain((order) => order <= 0),
  '=': takesAtLeast(1, allEqual),
  '==': takesAtLeast(1, (args) => args.every((value) => numberIn(value) === args[0])),
  '>': chain((order) => order > 0),
  '>=': chain((order) => order >= 0),
  compare: takes(2, ([a, b]) => Math.sign(compareValues(a, b))),
  dec: takes(1, ([x]) => numberIn(x) - 1),
  'even?': takes(1, ([x]) => integerIn(x) % 2 === 0),
  inc: takes(1, ([x]) => numberIn(x) + 1),
  max: takesAtLeast(1, (args) => extreme(args, Math.max)),
  min: takesAtLeast(1, (args) => extreme(args, Math.min)),
  mod: takes(2, ([a, b]) => modulo(numberIn(a), divisorIn(b))),
  'neg?': takes(1, ([x]) => numberIn(x) < 0),
  'not=': takesAtLeast(1, (args) => !allEqual(args)),
  'odd?': takes(1, ([x]) => integerIn(x) % 2 !== 0),
  'pos?': takes(1, ([x]) => numberIn(x) > 0),
  quot: takes(2, ([a, b]) => Math.trunc(numberIn(a) / divisorIn(b))),
  rand: takes(0, ([x]) => Math.random() * (x === undefined ? 1 : numberIn(x)), 1),
  'rand-int': takes(1, ([x]) => Math.floor(Math.random() * numberIn(x))),
  rem: takes(2, ([a, b]) => numberIn(a) % divisorIn(b)),
  'zero?': takes(1, ([x]) => numberIn(x) === 0),
}

function extreme(args: readonly Value[], choose: (a: number, b: number) => number): number {
  let best = numberIn(args[0])
  for (const arg of args) best = choose(best, numberIn(arg))
  return best
}

function allEqual(args: readonly Value[]): boolean {
  for (let i = 1; i < args.length; i++) if (!equal(args[0]!, args[i]!)) return false
  return true
}

/** Each argument compared with the next. */
function chain(holds: (order: number) => boolean): FunctionOfValues {
  return takesAtLeast(1, (args) => {
    for (let i = 1; i < args.length; i++) if (!holds(orderOf(args[i - 1]!, args[i]!))) return false
    return true
  })
}

/** NaN is neither before nor after anything. An infinite number is not before or after itself. */
function orderOf(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a === b ? 0 : a - b
  return compareValues(a, b)
}

function subtract(args: readonly Value[]): number {
  const [first, ...rest] = args.map((value) => numberIn(value))
  return rest.length === 0 ? -present(first) : rest.reduce((difference, value) => difference - value, present(first))
}

function divide(args: readonly Value[]): number {
  const [first, ...rest] = args.map((value, i) => (i === 0 && args.length > 1 ? numberIn(value) : divisorIn(value)))
  return rest.length === 0 ? 1 / present(first) : rest.reduce((quotient, value) => quotient / value, present(first))
}

function divisorIn(value: undefined | Value): number {
  const divisor = numberIn(value)
  if (divisor === 0) throw new ArgumentError('division by zero')
  return divisor
}

function modulo(a: number, b: number): number {
  return ((a % b) + b) % b
}
