import {once} from 'node:events'

import {argvOf, stateOf, until} from './processes.js'
import type {Sandbox} from './sandbox.js'

/** A process that is dead and not reaped. @returns its pid */
export async function makeZombie(sandbox: Sandbox): Promise<number> {
  const parent = sandbox.spawn('sh', ['-c', 'sleep 600 & echo $!; exec sleep 601'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [line] = (await once(parent.stdout!, 'data')) as [Buffer]
  const pid = Number(line.toString())
  sandbox.track(pid)
  // Until then the parent is a shell, which would reap it.
  await until(() => argvOf(parent.pid)[1] === '601', 5000, 'a parent that waits for no child')
  process.kill(pid, 'SIGKILL')
  await until(() => stateOf(pid) === 'Z', 5000, 'the zombie')
  return pid
}
