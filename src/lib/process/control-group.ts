import {execFileSync} from 'node:child_process'
import {readFileSync} from 'node:fs'

/** Time for systemd to report how it stops a unit, in ms. */
const ASK_MS = 500

/** Kill modes that end every process in the unit's control group. systemd.kill(5) */
const TAKES_ALL = new Set(['control-group', 'mixed'])

/** Information from systemd and the kernel about this process; replaced in tests. */
export interface Systemd {
  /** Returns the KillMode of a unit, or undefined if systemd does not respond. */
  killMode(unit: string, user: boolean): string | undefined
  /** Returns the text of /proc/self/cgroup. */
  readCgroup(): string | undefined
}

/**
 * Checks whether a server started here ends with the systemd service of this process. A server leaves its session and
 * its terminal, but not the control group of its caller, and systemd ends a service with its whole group.
 * @returns a warning, or undefined
 */
export function endsWithCaller(systemd: Systemd = realSystemd): string[] {
  const service = serviceOf(systemd.readCgroup() ?? '')
  if (service === undefined) return []
  const mode = systemd.killMode(service.unit, service.user)
  if (mode !== undefined && !TAKES_ALL.has(mode)) return []
  return [
    `The server ${mode === undefined ? 'may end' : 'ends'} with ${service.unit}, the systemd service that runs this command. ` +
      'To keep it running, put `systemd-run --user --scope` before the command.',
  ]
}

/**
 * Returns the service whose control group a process is in. In a scope (login, terminal, container) remaining processes
 * are not ended.
 * @param cgroup text of /proc/self/cgroup. cgroups(7)
 */
export function serviceOf(cgroup: string): undefined | {unit: string; user: boolean} {
  const line = cgroup.split('\n').find((text) => /^\d+:(?:name=systemd)?:\//.test(text)) ?? ''
  const units = line.split('/').filter((name) => /\.(?:service|scope)$/.test(name))
  const unit = units.at(-1)
  // A user's systemd manager is a service too; it runs until the user's last login ends.
  if (!unit?.endsWith('.service') || isUserManager(unit)) return undefined
  return {unit, user: units.some((name) => isUserManager(name))}
}

function isUserManager(unit: string): boolean {
  return /^user@\d+\.service$/.test(unit)
}

const realSystemd: Systemd = {
  killMode(unit, user) {
    try {
      const args = [...(user ? ['--user'] : []), 'show', '--property=KillMode', '--value', unit]
      const mode = execFileSync('systemctl', args, {encoding: 'utf8', stdio: 'pipe', timeout: ASK_MS}).trim()
      return mode === '' ? undefined : mode
    } catch {
      return undefined // no systemctl, or no response
    }
  },
  readCgroup() {
    try {
      return readFileSync('/proc/self/cgroup', 'utf8')
    } catch {
      return undefined // not Linux, or no /proc
    }
  },
}
