import {basename, join, resolve} from 'node:path'

import {spellingsOf} from '../graphs/name.js'
import type {CommandFacts, ProcessFacts} from './identity.js'
import {isWorkerScript, parseCommand, type WorkerFlags} from './worker-argv.js'

/** Graph of a server: its ID and real directory. */
export interface GraphRef {
  dir: string
  id: string
}

/** Resolves links; passed in, because the answer is on the disk. */
export type RealPath = (path: string) => string | undefined

/** Programs that run a server: Node.js, Electron, the app. */
const RUNTIMES = /^(node|electron|logseq)/i

/** Interpreters of other languages: their script may have the same name and words. */
const OTHER_INTERPRETERS = /^(ba|da|z|k|fi|c|tc|a)?sh$|^busybox|^perl|^python|^ruby/

/** Returns true if the server's entry file appears anywhere in the command line. Most processes are skipped by this. */
export function mayBeWorker({argv, commandLine}: CommandFacts): boolean {
  return (argv ?? commandLine?.split(' ') ?? []).some((word) => isWorkerScript(word))
}

/**
 * Returns true if the exact command line of a process serves this graph.
 * @param anyScript accept an entry file of any name with the graph ID (a record of ours may name another script)
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
 * Returns every directory in which a server's command line may place its graph.
 * @returns an empty list if the command line is unknown or not that of a server
 */
export function directoriesOf({argv, cwd}: ProcessFacts): string[] {
  const command = argv && parseCommand(argv)
  return command && isWorkerScript(command.script) ? graphDirs(command.flags, cwd ?? '/') : []
}

function isRuntime(exe: string): boolean {
  return RUNTIMES.test(basename(exe)) || basename(exe) === basename(process.execPath)
}

/** An app of any name may run the server with its own Electron; it is called by its full path. */
function isSpawnedApp(exe: string, argv: readonly string[]): boolean {
  return argv[0] === exe && !OTHER_INTERPRETERS.test(basename(exe))
}

/** Returns the directories that flags of a server name: `--data-dir`, or `graphs` in `--root-dir`. */
function graphDirs(flags: WorkerFlags, cwd: string): string[] {
  const parents: string[] = []
  if (flags['root-dir']) parents.push(resolve(cwd, flags['root-dir'], 'graphs'))
  if (flags['data-dir']) parents.push(resolve(cwd, flags['data-dir']))
  return parents.flatMap((parent) => spellingsOf(flags['repo'] ?? '').map((dir) => join(parent, dir)))
}

/**
 * Same for arguments that are only known joined by spaces, with non-ASCII bytes replaced. Only the graph ID, one ASCII
 * word, is reliable. A server without it cannot be distinguished from similar processes.
 */
function lineServesGraph(line: string, graph: GraphRef, anyScript: boolean): boolean {
  const words = line.split(' ')
  const at = words.indexOf('--graph-id')
  if (at === -1 || words[at + 1] !== graph.id) return false
  // The path of the script may contain spaces, so a word before the flags must end in the entry file's name.
  return anyScript || words.slice(0, at).some((word) => isWorkerScript(word))
}
