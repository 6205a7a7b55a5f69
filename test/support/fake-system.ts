import type {Clock} from '../../src/lib/clock.js'
import type {HostIdentity, ProcessFacts} from '../../src/lib/process/identity.js'
import type {System} from '../../src/lib/process/system.js'
import type {ProcessTable} from '../../src/lib/process/table.js'

/** The place in which a fake system stands. */
export const HERE: HostIdentity = {'boot-id': 'boot-1', 'machine-id': 'machine-1', 'pid-namespace': 'pid:[1]'}

/** One signal that was sent, and when. */
export interface Sent {
  at: number
  pid: number
  signal: string
}

/** A clock that jumps as far as it is asked to wait, so that minutes pass in no time. */
export class FakeClock implements Clock {
  time = 0
  readonly #due: {at: number; run: () => void}[] = []

  now(): number {
    return this.time
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    this.time += ms
    for (const event of this.#due.filter(({at}) => at <= this.time)) {
      this.#due.splice(this.#due.indexOf(event), 1)
      event.run()
    }
  }

  /** Lets something happen when that much time has passed. */
  after(ms: number, run: () => void): void {
    this.#due.push({at: this.time + ms, run})
  }
}

/** A world of a test's own making: processes are entries of a map, signals are written down. */
export class FakeSystem implements System {
  readonly clock = new FakeClock()
  /** What happens when a signal is sent; by default nothing. */
  onSignal: (pid: number, signal: string) => void = () => {}
  place: HostIdentity = HERE
  readonly running = new Map<number, ProcessFacts>()
  readonly sent: Sent[] = []
  uid: number | undefined = 1000
  /** Which pid listens on which port; undefined: the system does not tell. */
  listeners: Map<number, number> | undefined = new Map()

  readonly processes: ProcessTable = {
    list: async () => [...this.running.values()],
    listens: (pid, port) => this.listeners && this.listeners.get(port) === pid,
    opens: () => undefined,
    getProcess: async (pid) => this.running.get(pid),
    hostIdentity: async () => this.place,
    scans: true,
  }

  /** Adds a process. */
  run(facts: Partial<ProcessFacts> & {pid: number}): ProcessFacts {
    const whole = {start: '100', uid: 1000, zombie: false, ...facts}
    this.running.set(whole.pid, whole)
    return whole
  }

  signal(pid: number, signal: 'SIGKILL' | 'SIGTERM'): boolean {
    if (!this.running.has(pid)) return false
    this.sent.push({at: this.clock.time, pid, signal})
    this.onSignal(pid, signal)
    return true
  }
}
