import {fileURLToPath} from 'node:url'
import {Config} from '@oclif/core/config'
import {flush} from '@oclif/core/flush'
import {handle} from '@oclif/core/handle'
import type * as Interfaces from '@oclif/core/interfaces'
import {run} from '@oclif/core/run'

import {ServerError} from '../lib/errors.js'
import {nearest} from '../lib/graph/nearest.js'
import {asksForJson, printError} from './output.js'

/**
 * Runs the command line. What a command cannot answer itself (an unknown command, an error before it runs) is answered
 * here, as JSON where `--json` asks for it.
 * @param source `import.meta.url` of the program, or what oclif would have found there
 */
export async function main(
  source: Interfaces.LoadOptions & (object | string),
  argv = process.argv.slice(2),
): Promise<void> {
  const config = await Config.load(typeof source === 'string' ? fileURLToPath(source) : source)
  try {
    await run(argv, config)
    await flush()
  } catch (error) {
    const unknown = unknownCommand(config, argv)
    if (unknown) process.exitCode = printError(unknown, asksForJson(argv))
    else if (asksForJson(argv)) process.exitCode = printError(error, true)
    else await handle(error as Error)
  }
}

/** The error of a command that there is not, with the nearest one as its hint. */
function unknownCommand(config: Config, argv: readonly string[]): ServerError | undefined {
  const words = argv.slice(0, argv.findIndex((word) => word.startsWith('-')) >>> 0)
  const known = (count: number) => {
    const id = words.slice(0, count).join(':')
    return config.findCommand(id) ?? config.findTopic(id)
  }

  const length = words.findIndex((_, i) => !known(i + 1)) + 1
  if (words.length > 0 && (length === 0 || config.findCommand(words.slice(0, length - 1).join(':')))) return undefined
  const given = words.slice(0, length || undefined).join(' ') || argv[0] || ''
  const like = nearest(
    given,
    config.commandIDs.map((id) => id.replaceAll(':', ' ')),
  )
  return new ServerError('unknown-command', `There is no command ${JSON.stringify(given)}`, {
    details: {command: given},
    ...(like !== undefined && {hint: `Did you mean \`${config.bin} ${like}\`?`}),
  })
}
