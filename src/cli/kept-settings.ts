import type {StartResult} from '../lib/lifecycle/results.js'
import {shellQuote} from '../lib/shell-quote.js'
import {duration} from './render/server-text.js'

/** Flags of a start that apply to a new server only. */
interface Wanted {
  'idle-timeout'?: number | undefined
  lifetime?: string | undefined
  'log-level'?: string | undefined
}

/**
 * Returns a warning for each setting of the line that differs from that of the running server or, as its log level, is not known: a start
 * does not change it.
 */
export function keptSettings(wanted: Wanted, result: StartResult): string[] {
  if (!result.reused) return []
  const {graph, 'idle-timeout-ms': kept = 0, lifetime, owned} = result
  const warnings: string[] = []
  const restart = (flag: string) =>
    owned ? `; \`logseq server restart ${flag} --repo ${shellQuote(graph)}\` changes it` : ''
  const idle = wanted['idle-timeout']
  if (idle !== undefined && idle !== kept)
    warnings.push(
      `The running server keeps its idle timeout, ${timeText(kept)}${restart(`--idle-timeout ${flagText(idle)}`)}`,
    )
  if (wanted.lifetime !== undefined && wanted.lifetime !== lifetime)
    warnings.push(`The running server keeps its lifetime, ${lifetime}${restart(`--lifetime ${wanted.lifetime}`)}`)
  if (wanted['log-level'] !== undefined)
    warnings.push(`The running server keeps its log level${restart(`--log-level ${wanted['log-level']}`)}`)
  return warnings
}

function timeText(ms: number): string {
  return ms === 0 ? 'none' : ms < 1000 ? `${ms}ms` : duration(ms)
}

/** Formats a time as the flag takes it, without loss. */
function flagText(ms: number): string {
  if (ms === 0) return '0'
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
  ] as const
  const [unit, size] = units.find(([, each]) => ms % each === 0) ?? ['ms', 1]
  return `${ms / size}${unit}`
}
