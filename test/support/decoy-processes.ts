import {writeFileSync} from 'node:fs'
import {join} from 'node:path'

import {argvOf, know, type Known, until} from './processes.js'
import type {Sandbox} from './sandbox.js'
import {LOOK_ALIKE, ORPHAN, spawnThere} from './unrelated-programs.js'

const WAIT = 'setInterval(() => {}, 60_000)'

/** A process that holds every word of a server's command line without being one. */
export interface LookAlike {
  name: string
  /** @param words a script of the server's name, and after it every argument of the server */
  start(sandbox: Sandbox, words: readonly string[]): Known | Promise<Known>
}

/** Processes that were mistaken for a server, by this or by similar programs. */
export const LOOK_ALIKES: readonly LookAlike[] = [
  {name: 'another Node program', start: (sandbox, words) => spawnThere(sandbox, LOOK_ALIKE, words)},
  {name: 'node -e', start: (sandbox, words) => spawn(sandbox, process.execPath, ['-e', WAIT, ...words])},
  {name: 'node --eval=', start: (sandbox, words) => spawn(sandbox, process.execPath, [`--eval=${WAIT}`, ...words])},
  {
    name: 'node reading its program',
    start: (sandbox, words) => spawn(sandbox, process.execPath, ['-', ...words], WAIT),
  },
  {
    name: 'a shell with the words after its program',
    start: (sandbox, words) => spawn(sandbox, 'bash', ['-c', 'read', ...words]),
  },
  {
    name: 'a shell with the words in its program',
    start: (sandbox, words) => spawn(sandbox, 'bash', ['-c', `read #${words.join(' ')}`]),
  },
  {
    name: 'a shell script of the server’s name',
    start(sandbox, [, ...words]) {
      const script = join(sandbox.dir, 'db-worker-node.js')
      writeFileSync(script, 'read line\n')
      return spawn(sandbox, 'sh', [script, ...words])
    },
  },
  {
    name: 'a program that calls itself by the whole command line',
    start: (sandbox, words) => execAs(sandbox, `node ${words.join(' ')}`, ['sleep', '1000']),
  },
  {
    name: 'a program that calls itself node and follows the script',
    start: (sandbox, [script, ...words]) => execAs(sandbox, 'node', ['tail', '-f', script!, '--', ...words]),
  },
  {
    name: 'a program that follows the log',
    start(sandbox, words) {
      const log = join(sandbox.graphDir(), 'db-worker-node-20260101.log')
      writeFileSync(log, words.join(' '))
      return spawn(sandbox, 'tail', ['-f', log])
    },
  },
]

/** A server of this graph, but not of this user: as seen from here, another's. */
export function ofAnotherUser(sandbox: Sandbox, uid: number, args: readonly string[]): Promise<Known> {
  return started(sandbox.spawn(process.execPath, [ORPHAN, ...args], {cwd: '/', gid: uid, uid}).pid, ORPHAN)
}

/** Starts a program, with a text on its stdin, which stays open when there is none. */
function spawn(sandbox: Sandbox, command: string, args: readonly string[], input?: string): Promise<Known> {
  const child = sandbox.spawn(command, args, {stdio: ['pipe', 'ignore', 'ignore']})
  if (input !== undefined) child.stdin!.end(input)
  return started(child.pid, args.at(-1)!)
}

function execAs(sandbox: Sandbox, name: string, [command, ...args]: readonly string[]): Promise<Known> {
  const child = sandbox.spawn('bash', ['-c', 'exec -a "$@"', 'bash', name, command!, ...args])
  return started(child.pid, name, 0)
}

/** Waits until the process shows this word, at this place if one is given: until then it is still the program that starts it. */
async function started(pid: number, word: string, at?: number): Promise<Known> {
  const shows = () => (at === undefined ? argvOf(pid).includes(word) : argvOf(pid)[at] === word)
  await until(shows, 5000, `pid ${pid} to be called ${word}`)
  return know(pid)!
}
