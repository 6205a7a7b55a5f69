import {kill} from 'node:process'

import {type Clock, systemClock} from '../clock.js'
import {ServerError, systemCode} from '../errors.js'
import type {ProcessTable} from './table.js'

/** Environment of the operations: clock, processes and signals. Tests replace it. */
export interface System {
  clock: Clock
  processes: ProcessTable
  /** Sends a signal. @returns false if the process no longer exists */
  signal(pid: number, signal: 'SIGINT' | 'SIGKILL' | 'SIGTERM'): boolean
  uid: number | undefined
}

let shared: Promise<System> | undefined

/** Returns the real environment, created once. The process table of the platform is loaded on first use. */
export function realSystem(): Promise<System> {
  shared ??= loadProcessTable().then((processes) => ({
    clock: systemClock,
    processes,
    signal: sendSignal,
    uid: process.getuid?.(),
  }))
  return shared
}

async function loadProcessTable(): Promise<ProcessTable> {
  if (process.platform === 'linux') return (await import('./table-linux.js')).linuxTable()
  if (process.platform === 'darwin') return (await import('./table-darwin.js')).darwinTable()
  return (await import('./table-other.js')).otherTable()
}

function sendSignal(pid: number, signal: 'SIGKILL' | 'SIGTERM'): boolean {
  // 0 and negative numbers are groups of processes. kill(2)
  if (!Number.isSafeInteger(pid) || pid < 1) throw new RangeError(`not a pid: ${pid}`)
  try {
    kill(pid, signal)
    return true
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return false
    if (systemCode(error) !== 'EPERM') throw error
    throw new ServerError('data-dir-permission', `pid ${pid} belongs to another user, who has to stop it`, {
      cause: error,
      details: {pid},
      hint: `\`ps -o user= -p ${pid}\` shows the user. Run the command as that user, or as root.`,
    })
  }
}
