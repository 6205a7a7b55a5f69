import {poll, pollDelays} from '../clock.js'
import type {ProcessFacts} from './identity.js'
import type {System} from './system.js'

/** Outcome of ending a process: `gone` (it no longer existed), a signal, or `survived` both signals. */
export type Termination = 'gone' | 'sigkill' | 'sigterm' | 'survived'

/** Time for a process to exit after SIGTERM, and to disappear after SIGKILL, in ms. */
const STEPS = [
  {ms: 3000, outcome: 'sigterm', signal: 'SIGTERM'},
  {ms: 2000, outcome: 'sigkill', signal: 'SIGKILL'},
] as const

/**
 * Stops one process, and never another one that reused its pid.
 * @param verify called immediately before each signal; returns the process if it is the right one and still has to
 * stop, else undefined, and no signal is sent
 * @param bounds when to give up, in ms of the system's clock, and a signal that ends the wait without sending more
 */
export async function terminate(
  system: System,
  verify: () => Promise<ProcessFacts | undefined>,
  {signal, until = Infinity}: {signal?: AbortSignal; until?: number} = {},
): Promise<Termination> {
  let outcome: Termination = 'gone'
  for (const step of STEPS) {
    if (system.clock.now() >= until) return 'survived'
    const target = await verify()
    if (!target || !system.signal(target.pid, step.signal)) return outcome
    outcome = step.outcome
    if (await waitUntilGone(system, target, Math.min(step.ms, until - system.clock.now()), signal)) return outcome
  }

  return 'survived'
}

/**
 * Waits until a process is gone: no such pid, a zombie that holds no file any more, or another process under its pid.
 * @returns false if it still exists after `ms`
 */
export async function waitUntilGone(
  system: System,
  target: Pick<ProcessFacts, 'pid' | 'start'>,
  ms: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const gone = await poll(
    system.clock,
    system.clock.now() + ms,
    async () => isGone(target, await system.processes.getProcess(target.pid)) || undefined,
    signal,
    pollDelays(2, 20), // a person waits for it, and a look is cheap
  )
  return gone === true
}

function isGone(target: Pick<ProcessFacts, 'start'>, now: ProcessFacts | undefined): boolean {
  if (!now || (now.zombie && !now.holdsFiles)) return true
  return target.start !== undefined && now.start !== undefined && now.start !== target.start
}
