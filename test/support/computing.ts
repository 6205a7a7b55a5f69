import {readFileSync} from 'node:fs'

/** How often something is tried before it counts as slow. */
const TRIES = 3

/** The processor time that this process has used, in ms. Unlike the clock, it does not run on while others compute. */
export function used(): number {
  const {system, user} = process.cpuUsage()
  return (system + user) / 1000
}

/** The processor time that the main thread of another process has used, in ms. Linux. */
export function usedBy(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
}

/**
 * Fails unless something needs less than `boundMs` of processor time, in the best of three runs: a garbage collection
 * or a busy machine adds to a run, and takes nothing from it.
 */
export async function expectQuick(boundMs: number, act: () => unknown): Promise<void> {
  let best = Infinity
  for (let i = 0; i < TRIES && best >= boundMs; i++) {
    const began = used()
    await act()
    best = Math.min(best, used() - began)
  }

  if (best >= boundMs) throw new Error(`needs ${best.toFixed(1)} ms of processor time, expected less than ${boundMs}`)
}
