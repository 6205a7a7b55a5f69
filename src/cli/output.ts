import {styleText} from 'node:util'

import {machineError, messageOf, ServerError} from '../lib/errors.js'
import {fileError} from '../lib/files/file-error.js'
import {hasUnprintable, replaceUnprintable, spellOut} from '../lib/shell-quote.js'
import {signalExitCode} from './exit-code.js'
import type {Format} from './line/tokens.js'
import {asCalledBy, type Program, type Run} from './program.js'
import {stderr, stdout} from './stdio.js'

/** Colour of each role that text has. */
const COLOURS = {
  debug: 'dim',
  error: 'red',
  hint: 'cyan',
  name: 'bold',
  success: 'green',
  warning: 'yellow',
} as const satisfies Record<string, Parameters<typeof styleText>[0]>

/** Beginning of a command in a text. */
const COMMAND = '`logseq '

/** Role of a text, which determines its colour. */
export type Role = keyof typeof COLOURS

/** Colours text by its role, if the stream shows colours. */
export function style(role: Role, text: string, stream: {isTTY?: boolean} = stdout): string {
  // The function itself would look at stdout only.
  return showsColours(stream, process.env) ? styleText(COLOURS[role], text, {validateStream: false}) : text
}

/** Returns true if a stream shows colours: FORCE_COLOR decides, then NO_COLOR (no-color.org), then the terminal. */
export function showsColours(
  stream: {isTTY?: boolean},
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const force = environment['FORCE_COLOR']
  if (force !== undefined) return force !== '0' && force !== 'false'
  return stream.isTTY === true && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb'
}

/**
 * Escapes text from a file name or a record. Control and bidirectional characters could draw on the terminal. Text that looks like
 * a command of ours would be rewritten as one, and could be taken for advice.
 */
export function printable(text: string): string {
  if (!hasUnprintable(text) && !text.includes(COMMAND)) return text
  return jsonText(text).replaceAll(COMMAND, COMMAND.replace('`', spellOut('`')))
}

/** Escapes characters that could draw on the terminal, in text of several lines. */
export function escapeControls(text: string): string {
  return replaceUnprintable(text, (character) => (/[\t\n]/.test(character) ? character : spellOut(character)))
}

/** Formats JSON without characters that draw on the terminal. JSON itself escapes only the first 32 characters. */
export function jsonText(value: unknown): string {
  return escapeUnprintable(JSON.stringify(value))
}

/** Escapes characters that draw on the terminal, in JSON or EDN: they occur in strings only. */
export function escapeUnprintable(text: string): string {
  return replaceUnprintable(text, spellOut)
}

/** Formats plain data as EDN: keys are keywords, null is nil. Characters that draw on the terminal are escaped. */
export function ednText(value: unknown): string {
  if (value === null || value === undefined) return 'nil'
  if (Array.isArray(value)) return `[${value.map((item) => ednText(item)).join(' ')}]`
  if (typeof value !== 'object') return jsonText(value)
  const entries = Object.entries(value).filter(([, held]) => held !== undefined)
  return `{${entries.map(([key, held]) => `${isKeyword(key) ? `:${key}` : jsonText(key)} ${ednText(held)}`).join(', ')}}`
}

function isKeyword(key: string): boolean {
  return /^[a-z*!_?$%&=<>+.-][\w*!?$%&=<>+.'#-]*$/i.test(key)
}

/** Formats a document for programs. */
export function documentText(value: unknown, format: Exclude<Format, 'human'>): string {
  return format === 'edn' ? ednText(value) : jsonText(value)
}

/** Creates the JSON document of a successful command. */
export function successJson(data: unknown): {data: unknown; status: 'ok'} {
  return {status: 'ok', data}
}

/** Creates the JSON document of a failed command. */
function errorJson({code, details}: ServerError, message: string, hint: string) {
  return {status: 'error', error: {code, message, hint, ...details}} as const
}

/** Context of a failed run. */
interface Failure {
  debug?: boolean
  /** Default `human`. */
  format?: Format
  /** The command, if it started. */
  run?: Run | undefined
}

/**
 * Prints a failure: one document on stdout, or message and hint on stderr.
 * @returns the exit code
 */
export function printError(
  thrown: unknown,
  program: Program,
  {debug = false, format = 'human', run}: Failure = {},
): number {
  const error = asServerError(thrown)
  const hint = asCalledBy(program, error.hint, run && aboutError(run, error))
  const message = asCalledBy(program, error.message)
  if (format === 'human') {
    const log = error.details['log-tail']
    const lines = [
      `${style('error', `Error (${error.code}):`, stderr)} ${escapeControls(message)}`,
      ...(Array.isArray(log) ? log.map((line) => `  ${printable(String(line))}`) : []),
      ...(typeof error.details['log'] === 'string' ? [`Log: ${printable(error.details['log'])}`] : []),
      `${style('hint', 'Hint:', stderr)} ${escapeControls(hint)}`,
      ...(debug && error.stack ? [escapeControls(error.stack)] : []),
    ]
    stderr.stream.write(`${lines.join('\n')}\n`)
  } else {
    stdout.stream.write(`${documentText(errorJson(error, message, hint), format)}\n`)
  }

  return signalExitCode(error) ?? error.exit
}

/**
 * Adds to the suggested command what the error is about: the owner, because a server of another owner can be stopped as that
 * owner only; the graph that is in the way of a new name, or that the line named without --repo.
 */
function aboutError(run: Run, {code, details}: ServerError): Run {
  const {graph} = details
  if (
    typeof graph === 'string' &&
    (code === 'graph-exists' || details['renamed-from'] !== undefined || run.repo === undefined)
  )
    return {...run, repo: graph}
  if (code !== 'server-owned-by-other') return run
  const id = details['owner-id']
  const owner = typeof id === 'string' ? ([['owner-id', id]] as const) : []
  return {...run, carried: [...run.carried.filter(([flag]) => !flag.startsWith('owner-')), ...owner]}
}

/** Converts a thrown value to a ServerError. oclif marks errors of the command line with an exit code. */
function asServerError(thrown: unknown): ServerError {
  const failure = machineError(thrown) ?? fileError(thrown)
  if (failure) return failure
  if (thrown instanceof ServerError) return thrown
  const message = messageOf(thrown)
  const {oclif} = (thrown ?? {}) as {oclif?: {exit?: number}}
  if (oclif?.exit === undefined) return new ServerError('exception', message, {cause: thrown})
  // Own checks have better messages; this is for errors of oclif, whose text is made for a terminal.
  const line = message.split('\nSee more help')[0]!.replaceAll(/\s*\n\s*/g, ' ')
  return new ServerError('usage', line.replace(/^Parsing (--\S+) +/, '$1: '), {cause: thrown})
}
