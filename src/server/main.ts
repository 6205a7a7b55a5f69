import {type ErrorCode, machineError, messageOf, ServerError} from '../lib/errors.js'
import {fileError} from '../lib/files/file-error.js'
import {buildInfo} from '../lib/package-root.js'
import {parseFlags} from '../lib/process/worker-argv.js'
import {CHECK_FILE, runFileCheck} from './file-check.js'
import {GraphServer} from './graph-server.js'
import {readOptions, readRevision, USAGE} from './options.js'
import {closeInheritableFds} from './ownership/inheritable-fds.js'
import {hasParentChannel, notifyParent} from './parent-ipc.js'

/**
 * Runs the server of a graph until it is asked to stop.
 * @param args the command line without the runtime and the script
 * @param onReady called when the server is ready and its starter knows it
 * @returns the exit code: 0 after a clean stop, 75 if its supervisor is to start it again, 1 when it could not serve, 2 for a wrong call
 */
export async function main(args: readonly string[], onReady?: () => void): Promise<number> {
  if (args.includes('--help')) return print(USAGE)
  if (args.includes('--version')) return print(versionText(args))
  if (args[0] === CHECK_FILE) return runFileCheck(args[1]!, args[2])

  // Signals first of all: from here on, every end is a clean one.
  const ending = new AbortController()
  const end = (why: string) => ending.abort(why)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end(signal))
  process.on('SIGHUP', () => {}) // a closed terminal is no reason to end

  let server: GraphServer | undefined
  try {
    const options = readOptions(args)
    if (options.supervised) process.on('disconnect', () => end('the program that supervises it has ended'))
    server = new GraphServer(options, end)
    holdNothingOfTheCaller()
    const failed = new Promise<never>((_, reject) => {
      process.on('uncaughtException', reject)
      process.on('unhandledRejection', reject)
    })
    const serving = await Promise.race([server.start(ending.signal), failed])
    await notifyParent({ready: true, ...serving}, options.supervised)
    onReady?.()
    await Promise.race([aborted(ending.signal), failed])
    await server.stop(String(ending.signal.reason))
    if (process.connected) process.disconnect()
    return server.exitCode
  } catch (error) {
    return fail(server, error, ending.signal)
  }
}

/**
 * Undoes what was done so far, then reports the reason, so that a failed server leaves nothing in the way of the next
 * start.
 */
async function fail(server: GraphServer | undefined, error: unknown, ending: AbortSignal): Promise<number> {
  const asked = ending.aborted && error === ending.reason
  if (!asked) report(server, error)
  await server?.stop(asked ? String(ending.reason) : messageOf(error))
  await notifyParent({
    error: asked ? {code: 'exception', message: `it was ended by ${String(ending.reason)}`} : reportedError(error),
  })
  return asked ? 0 : error instanceof ServerError && error.exit === 2 ? 2 : 1
}

/** A server that lost against another one writes nothing: the log is the winner's. */
function report(server: GraphServer | undefined, error: unknown): void {
  if (server && !(hasParentChannel() && codeOf(error) === 'repo-locked')) server.logFailure(error, hasParentChannel())
  else if (!hasParentChannel()) process.stderr.write(`Error (${codeOf(error)}): ${messageOf(error)}\n`)
}

function reportedError(error: unknown) {
  const known = knownError(error)
  const more = known instanceof ServerError ? {details: known.details, hint: known.hint} : {}
  return {code: codeOf(known), message: messageOf(known), ...more}
}

function codeOf(error: unknown): ErrorCode {
  const known = knownError(error)
  return known instanceof ServerError ? known.code : 'exception'
}

/**
 * Returns the known error for a refusal by the machine or the file system, to distinguish it from a bug. Any other
 * error is returned as it is.
 */
function knownError(error: unknown): unknown {
  return machineError(error) ?? fileError(error) ?? error
}

/** Text that Logseq's own server prints, for programs that read its build. */
function versionText(args: readonly string[]): string {
  return `Build time: ${buildInfo().time ?? 'unknown'}\nRevision: ${readRevision(parseFlags(args))}\n`
}

function holdNothingOfTheCaller(): void {
  process.chdir('/')
  process.umask(0o077)
  closeInheritableFds()
  delete process.env['NODE_OPTIONS']
  delete process.env['MALLOC_MMAP_THRESHOLD_'] // read at the start of the process: src/lib/lifecycle/spawn.ts
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), {once: true})
  })
}
