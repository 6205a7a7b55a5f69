import {basename, join, resolve} from 'node:path'

import {spellingsOf} from '../graphs/name.js'
import type {CommandFacts, ProcessFacts} from './identity.js'
import {isWorkerScript, parseCommand, type WorkerFlags} from './worker-argv.js'

/** The graph that a daemon is looked for: its id and real directory. */
export interface GraphRef {
  dir: string
  id: string
}

/** How `match` resolves links; a port, because the answer is on the disk. */
export type RealPath = (path: string) => string | undefined

/** Programs that run a daemon: Node.js, Electron, the app. */
const RUNTIMES = /^(node|electron|logseq)/i

/** Programs that run a file of any name as their own kind of script: they only have the words of a daemon. */
const OTHER_INTERPRETERS = /^(ba|da|z|k|fi|c|tc|a)?sh$|^busybox|^perl|^python|^ruby/

/** Is the name of the daemon's entry file anywhere in this command line? Most processes are passed over by this. */
export function mayBeWorker({argv, commandLine}: CommandFacts): boolean {
  return (argv ?? commandLine?.split(' ') ?? []).some((word) => isWorkerScript(word))
}

/**
 * Does the exact command line of this process say that it serves this graph?
 * @param anyScript accept an entry file of any name, if it was given the graph id (a process that a record of ours names
 *   may run another script)
 */
export function servesGraph(facts: ProcessFacts, graph: GraphRef, realPath: RealPath, anyScript = false): boolean {
  if (facts.argv === undefined)
    return facts.commandLine !== undefined && lineServesGraph(facts.commandLine, graph, anyScript)
  const command = parseCommand(facts.argv)
  const id = command?.flags['graph-id']
  if (facts.exe !== undefined && !isRuntime(facts.exe) && !(id && isSpawnedApp(facts.exe, facts.argv))) return false
  if (!command || !(isWorkerScript(command.script) || (anyScript && id))) return false
  if (id) return id === graph.id
  return graphDirs(command.flags, facts.cwd ?? '/').some((dir) => realPath(dir) === graph.dir)
}

/**
 * Every directory in which the exact command line of a daemon says that its graph may be.
 * @returns none when the command line is not known, or not that of a daemon
 */
export function directoriesOf({argv, cwd}: ProcessFacts): string[] {
  const command = argv && parseCommand(argv)
  return command && isWorkerScript(command.script) ? graphDirs(command.flags, cwd ?? '/') : []
}

function isRuntime(exe: string): boolean {
  return RUNTIMES.test(basename(exe)) || basename(exe) === basename(process.execPath)
}

/** An app of any name may run our daemon with its own Electron: it is called by the full path of what runs. */
function isSpawnedApp(exe: string, argv: readonly string[]): boolean {
  return argv[0] === exe && !OTHER_INTERPRETERS.test(basename(exe))
}

/** Every directory in which a daemon of these flags may keep its graph: `--data-dir`, or `graphs` in `--root-dir`. */
function graphDirs(flags: WorkerFlags, cwd: string): string[] {
  const parents: string[] = []
  if (flags['root-dir']) parents.push(resolve(cwd, flags['root-dir'], 'graphs'))
  if (flags['data-dir']) parents.push(resolve(cwd, flags['data-dir']))
  return parents.flatMap((parent) => spellingsOf(flags['repo'] ?? '').map((dir) => join(parent, dir)))
}

/**
 * The same where the arguments are known only joined by spaces, every byte beyond ASCII replaced: only the graph id,
 * one ASCII word, says anything for sure. A daemon without one cannot be told from its look-alikes there.
 */
function lineServesGraph(line: string, graph: GraphRef, anyScript: boolean): boolean {
  const words = line.split(' ')
  const at = words.indexOf('--graph-id')
  if (at === -1 || words[at + 1] !== graph.id) return false
  // The script may have spaces in its path: a word before the flags must end in the entry file's name.
  return anyScript || words.slice(0, at).some((word) => isWorkerScript(word))
}
