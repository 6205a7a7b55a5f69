import {styleText} from 'node:util'

import {messageOf, ServerError} from '../lib/errors.js'
import {asCalledBy, type Program} from './program.js'

type Style = Parameters<typeof styleText>[0]

/** Colours are for terminals, and for people who want them (no-color.org). */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  const wanted = stream.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb'
  return wanted ? styleText(style, text, {validateStream: false}) : text // it would ask stdout, whatever the stream
}

/** A text that comes from a file name or a record: control characters would let it draw on the terminal. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  if (!/[\u0000-\u001F\u007F-\u009F]/.test(text)) return text
  return escapeControls(JSON.stringify(text)) // JSON has escapes for the first 32 only
}

/** A text of several lines, or with text from elsewhere in it: whatever would draw on the terminal is spelled out. */
function escapeControls(text: string): string {
  return text.replaceAll(
    // eslint-disable-next-line no-control-regex -- these are what is looked for; a terminal obeys those from 128 on too
    /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  )
}

let lost = false

/** Output that cannot be written ends nothing that is being done: a start goes on, whatever became of its reader or its log. */
export function outliveOutput(): void {
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

/** Does this command line ask for JSON, whether or not it can be parsed? */
export function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return argv.slice(0, end === -1 ? undefined : end).includes('--json')
}

/** The one JSON document of a command that succeeded. */
export function successJson(data: unknown): {data: unknown; status: 'ok'} {
  return {status: 'ok', data}
}

/** The one JSON document of a command that failed. */
function errorJson({code, details, message}: ServerError, hint: string) {
  return {status: 'error', error: {code, message, hint, ...details}} as const
}

/**
 * Tells a failure: one JSON document on stdout, or what happened and what to do on stderr.
 * @returns the exit code
 */
export function printError(thrown: unknown, program: Program, {debug = false, json = false} = {}): number {
  const error = asServerError(thrown)
  const hint = asCalledBy(program, error.hint)
  if (json) {
    process.stdout.write(`${JSON.stringify(errorJson(error, hint))}\n`)
  } else {
    const log = error.details['log-tail']
    const lines = [
      `${paint('red', `Error (${error.code}):`, process.stderr)} ${escapeControls(error.message)}`,
      ...(Array.isArray(log) ? log.map((line) => `  ${printable(String(line))}`) : []),
      ...(typeof error.details['log'] === 'string' ? [`Log: ${printable(error.details['log'])}`] : []),
      `${paint('cyan', 'Hint:', process.stderr)} ${escapeControls(hint)}`,
      ...(debug && error.stack ? [escapeControls(error.stack)] : []),
    ]
    process.stderr.write(`${lines.join('\n')}\n`)
  }

  return error.exit
}

/** Anything that was thrown, as an error of ours. oclif marks what is wrong with the call itself with exit code 2. */
function asServerError(thrown: unknown): ServerError {
  const message = messageOf(thrown)
  // What a flag's own parser says, oclif rewrites over several lines, for a terminal. So it writes its own errors.
  const line = message.split('\nSee more help')[0]!.replaceAll(/\s*\n\s*/g, ' ')
  if (thrown instanceof ServerError) {
    return thrown.code === 'usage' ? new ServerError('usage', line, {...thrown, cause: thrown}) : thrown
  }

  const {oclif} = (thrown ?? {}) as {oclif?: {exit?: number}}
  if (oclif?.exit !== undefined) return new ServerError('usage', line, {cause: thrown})
  return new ServerError('exception', message, {cause: thrown})
}
