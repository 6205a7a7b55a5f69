import {messageOf} from '../errors.js'
import type {Reporter} from './operation.js'

/** Time for systemd to take a notification, in ms. */
const NOTIFY_MS = 5000

/**
 * Notifies the supervisor that NOTIFY_SOCKET names. Node.js has no datagram sockets of the file system, so that the program of systemd
 * does it: sd_notify(3). Units need NotifyAccess=all for that.
 */
export function notifySupervisor(report: Reporter, assignments: readonly string[]): void {
  if (!process.env['NOTIFY_SOCKET']) return
  try {
    const {execFileSync} = process.getBuiltinModule('node:child_process')
    execFileSync('systemd-notify', assignments, {stdio: 'ignore', timeout: NOTIFY_MS})
  } catch (error) {
    const why = messageOf(error).split('\n', 1)[0]
    report.warn?.(`The supervisor was not notified (${why}): with systemd-notify missing, use Type=exec in the unit`)
  }
}
