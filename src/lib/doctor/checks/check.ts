import type {Finding, Level} from '../findings.js'

/** Result of one check. */
export interface Checked {
  findings: Finding[]
  /** Things that were checked and found in order. */
  summary: string
}

/** One part of the result. `outcome` is the worst of its findings. */
export interface Check {
  check: string
  outcome: 'ok' | Level
  summary: string
}

const ORDER: readonly Level[] = ['error', 'warning', 'note']

/** Returns the worst level of findings; `ok` for none. */
export function worstOf(findings: readonly Finding[]): 'ok' | Level {
  return ORDER.find((level) => findings.some((one) => one.level === level)) ?? 'ok'
}

/** Orders findings by level, and leaves those of one level in their order. */
export function byLevel(findings: readonly Finding[]): Finding[] {
  return ORDER.flatMap((level) => findings.filter((one) => one.level === level))
}

/** Formats a count with its noun: `1 graph`, `2 graphs`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
