import {networkInterfaces} from 'node:os'

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

function hasLoopback(): boolean {
  try {
    return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({address}) => address === LOOPBACK))
  } catch {
    return true // the system does not report it
  }
}
