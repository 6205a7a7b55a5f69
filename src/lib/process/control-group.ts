import {execFileSync} from 'node:child_process'
import {readFileSync} from 'node:fs'

/** How long systemd may take to say how it ends a unit, in ms. */
const ASK_MS = 500

/** The ways to end a unit that take every process in its control group along. systemd.kill(5) */
const TAKES_ALL = new Set(['control-group', 'mixed'])

/** What systemd and the kernel say of this process; replaced in tests. */
export interface Systemd {
  /** The KillMode of a unit; undefined where nobody answers. */
  killMode(unit: string, user: boolean): string | undefined
  /** The text of /proc/self/cgroup. */
  readCgroup(): string | undefined
}

/**
 * Tells whether what this process starts ends with the systemd service that this process runs in. A server leaves its
 * session and its terminal, but not the control group of its caller: systemd ends a service with all that is in its group.
 * @returns a warning, or nothing
 */
export function endsWithCaller(systemd: Systemd = realSystemd): string[] {
  const service = serviceOf(systemd.readCgroup() ?? '')
  if (service === undefined) return []
  const mode = systemd.killMode(service.unit, service.user)
  if (mode !== undefined && !TAKES_ALL.has(mode)) return []
  return [
    `The server ${mode === undefined ? 'may end' : 'ends'} with ${service.unit}, the systemd service that this command runs in. ` +
      'Start it with `systemd-run --user --scope` in front, so that it stays.',
  ]
}

/**
 * The service whose control group a process is in. In a scope (a login, a terminal, a container) nobody ends what is left.
 * @param cgroup the text of /proc/self/cgroup. cgroups(7)
 */
export function serviceOf(cgroup: string): undefined | {unit: string; user: boolean} {
  const line = cgroup.split('\n').find((text) => /^\d+:(?:name=systemd)?:\//.test(text)) ?? ''
  const units = line.split('/').filter((name) => /\.(?:service|scope)$/.test(name))
  const unit = units.at(-1)
  // The manager of a user is a service too, which runs until the user's last login has ended.
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
      return undefined // no systemctl here, or it does not answer
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
