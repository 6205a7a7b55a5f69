import {styleText} from 'node:util'

import {machineError, messageOf, ServerError} from '../lib/errors.js'
import {fileError} from '../lib/graphs/data-dir.js'
import {spellOut, UNPRINTABLE} from '../lib/shell-quote.js'
import {asCalledBy, type Program, type Run} from './program.js'

type Style = Parameters<typeof styleText>[0]

/** Colours are for terminals, and for people who want them (no-color.org). */
export function style(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  const wanted = stream.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb'
  return wanted ? styleText(style, text, {validateStream: false}) : text // it would ask stdout, whatever the stream
}

/** A text that comes from a file name or a record: control and bidirectional characters would let it draw on the terminal. */
export function printable(text: string): string {
  return text.search(UNPRINTABLE) === -1 ? text : jsonText(text)
}

/** A text of several lines, or with text from elsewhere in it: whatever would draw on the terminal is spelled out. */
export function escapeControls(text: string): string {
  return text.replaceAll(UNPRINTABLE, (character) => (/[\t\n]/.test(character) ? character : spellOut(character)))
}

/** JSON that draws on no terminal: JSON itself has escapes for the first 32 characters only. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replaceAll(UNPRINTABLE, (character) => spellOut(character))
}

let lost = false

/** Output that cannot be written ends nothing that is being done: a start goes on, whatever became of its reader or its log. */
export function ignoreBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error') // oclif's own throws
  process.stdout.on('error', onLostResult)
  process.stderr.on('error', () => {}) // there is nobody to tell
}

/** Whoever reads may leave early (`| head`). A result that is lost for another reason, a full disk, is a failure. */
function onLostResult(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE' || lost) return
  lost = true
  process.exitCode ||= 1
  process.stderr.write(`Error: the output could not be written: ${error.message}\n`)
}

/** The one JSON document of a command that succeeded. */
export function successJson(data: unknown): {data: unknown; status: 'ok'} {
  return {status: 'ok', data}
}

/** The one JSON document of a command that failed. */
function errorJson({code, details}: ServerError, message: string, hint: string) {
  return {status: 'error', error: {code, message, hint, ...details}} as const
}

/** What is known of a failed run beyond its error. */
interface Failure {
  debug?: boolean
  json?: boolean
  /** The command that ran, if it came to that. */
  run?: Run | undefined
}

/**
 * Tells a failure: one JSON document on stdout, or what happened and what to do on stderr.
 * @returns the exit code
 */
export function printError(
  thrown: unknown,
  program: Program,
  {debug = false, json = false, run}: Failure = {},
): number {
  const error = asServerError(thrown)
  const hint = asCalledBy(program, error.hint, run && aboutError(run, error))
  const message = asCalledBy(program, error.message)
  if (json) {
    process.stdout.write(`${jsonText(errorJson(error, message, hint))}\n`)
  } else {
    const log = error.details['log-tail']
    const lines = [
      `${style('red', `Error (${error.code}):`, process.stderr)} ${escapeControls(message)}`,
      ...(Array.isArray(log) ? log.map((line) => `  ${printable(String(line))}`) : []),
      ...(typeof error.details['log'] === 'string' ? [`Log: ${printable(error.details['log'])}`] : []),
      `${style('cyan', 'Hint:', process.stderr)} ${escapeControls(hint)}`,
      ...(debug && error.stack ? [escapeControls(error.stack)] : []),
    ]
    process.stderr.write(`${lines.join('\n')}\n`)
  }

  return error.details['signal'] === 'SIGTERM' ? 143 : error.exit
}

/** A server of somebody else is stopped as that owner, not as the one who asked in vain. */
function aboutError(run: Run, {code, details}: ServerError): Run {
  if (code !== 'server-owned-by-other') return run
  const id = details['owner-id']
  const owner = typeof id === 'string' ? ([['owner-id', id]] as const) : []
  return {...run, carried: [...run.carried.filter(([flag]) => !flag.startsWith('owner-')), ...owner]}
}

/** Anything that was thrown, as an error of ours. oclif marks what is wrong with the call itself with an exit code. */
function asServerError(thrown: unknown): ServerError {
  const failure = machineError(thrown) ?? fileError(thrown)
  if (failure) return failure
  if (thrown instanceof ServerError) return thrown
  const message = messageOf(thrown)
  const {oclif} = (thrown ?? {}) as {oclif?: {exit?: number}}
  if (oclif?.exit === undefined) return new ServerError('exception', message, {cause: thrown})
  // Our own check of the line says it better; this is for what only oclif looks at, and it writes for a terminal.
  const line = message.split('\nSee more help')[0]!.replaceAll(/\s*\n\s*/g, ' ')
  return new ServerError('usage', line.replace(/^Parsing (--\S+) +/, '$1: '), {cause: thrown})
}
