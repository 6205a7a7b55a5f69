import './nameless-user.js'

import {fileURLToPath} from 'node:url'
import {Config} from '@oclif/core/config'
import type * as Interfaces from '@oclif/core/interfaces'
import {run} from '@oclif/core/run'

import {ServerError} from '../lib/errors.js'
import {nearest} from '../lib/graphs/nearest.js'
import {asksForJson, outliveOutput, printError} from './output.js'

/**
 * Runs the command line, and ends the process. What a command cannot answer itself (an unknown command, an error before it
 * runs) is answered here, as JSON where `--json` asks for it.
 * @param source `import.meta.url` of the program, or what oclif would have found there
 */
export async function main(
  source: Interfaces.LoadOptions & (object | string),
  argv = process.argv.slice(2),
): Promise<never> {
  outliveOutput()
  const config = await Config.load(typeof source === 'string' ? fileURLToPath(source) : source)
  const json = asksForJson(argv)
  try {
    if (json && lacksCommand(config, argv)) throw new ServerError('usage', 'No command was given')
    await run(json ? jsonLast(argv) : [...argv], config)
  } catch (error) {
    // Help and version end the run by an exit with 0.
    if ((error as {oclif?: {exit?: number}}).oclif?.exit !== 0) {
      const known = error instanceof ServerError ? error : wrongCommand(config, argv)
      process.exitCode = printError(known ?? error, config, {json})
    }
  }

  return exit()
}

/**
 * Ends the process at once. An ordinary end takes some milliseconds, in which no handler of signals is left: a Ctrl-C would make
 * a failure of what has been told as done.
 */
async function exit(): Promise<never> {
  for (const stream of [process.stdout, process.stderr])
    await new Promise<void>((resolve) => {
      stream.write('', () => resolve())
    })
  // eslint-disable-next-line n/no-process-exit, unicorn/no-process-exit -- see above
  process.exit()
}

/** The same command line with `--json` behind all else: oclif looks for the command before the first flag. */
function jsonLast(argv: readonly string[]): string[] {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length
  return [...argv.slice(0, end).filter((word) => word !== '--json'), '--json', ...argv.slice(end)]
}

/** Is there nothing to do but to show help? That is no JSON document. */
function lacksCommand(config: Config, argv: readonly string[]): boolean {
  const rest = argv.filter((word) => word !== '--json')
  const id = leadingWords(rest).join(':')
  if (id === '') return rest.length === 0
  return !rest.includes('--help') && !config.findCommand(id) && config.findTopic(id) !== undefined
}

/** The error of a command that there is not, with the nearest one as its hint, or of a word too many behind one. */
function wrongCommand(config: Config, argv: readonly string[]): ServerError | undefined {
  const words = leadingWords(argv.filter((word) => word !== '--json'))
  const known = (count: number) => {
    const id = words.slice(0, count).join(':')
    return config.findCommand(id) ?? config.findTopic(id)
  }

  const length = words.findIndex((_, i) => !known(i + 1)) + 1
  if (words.length > 0 && length === 0) return undefined
  const command = length > 1 ? config.findCommand(words.slice(0, length - 1).join(':')) : undefined
  if (command) return command.strict ? new ServerError('usage', `Unexpected argument: ${words[length - 1]}`) : undefined

  const given = words.slice(0, length || undefined).join(' ') || argv[0] || ''
  const commands = config.commandIDs.map((id) => id.replaceAll(':', ' '))
  const like = nearest(words.join(' '), commands) ?? nearest(given, commands)
  return new ServerError('unknown-command', `There is no command ${JSON.stringify(given)}`, {
    details: {command: given},
    ...(like !== undefined && {hint: `Did you mean \`${config.bin} ${like}\`?`}),
  })
}

/** The words before the first flag. */
function leadingWords(argv: readonly string[]): string[] {
  const first = argv.findIndex((word) => word.startsWith('-'))
  return argv.slice(0, first === -1 ? undefined : first)
}
