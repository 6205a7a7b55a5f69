import {networkInterfaces} from 'node:os'

import type {Graph} from '../graphs/locate.js'
import {LOOPBACK} from './inspect/exchange.js'

/**
 * Explains why a living server does not respond, where its address cannot be reached: a new network namespace has a loopback interface
 * that is down, in which a server can listen all the same.
 * @returns a hint; undefined if the interface is up, or the system does not report it
 */
export function loopbackHint(): string | undefined {
  if (process.platform !== 'linux' || hasLoopback()) return undefined
  return `Nothing can reach ${LOOPBACK} here: the loopback interface is down. Set it up: \`ip link set lo up\`.`
}

/** Warns of a server that was started where nothing can reach it. It says itself that it is ready. @returns none where it can be reached */
export function warnOfLoopback({name}: Graph): string[] {
  const hint = loopbackHint()
  return hint === undefined ? [] : [`The server of ${name} runs, but no command can reach it. ${hint}`]
}

function hasLoopback(): boolean {
  try {
    return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({address}) => address === LOOPBACK))
  } catch {
    return true // the system does not report it
  }
}
