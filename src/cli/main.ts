import './missing-home.js'
import './missing-shell.js'

import {Config} from '@oclif/core/config'
import type * as Interfaces from '@oclif/core/interfaces'

import {ServerError} from '../lib/errors.js'
import {packagePath} from '../lib/package-root.js'
import {completionText} from './completion/run.js'
import {exit} from './exit.js'
import {COMPLETE, type Request, resolveLine} from './line/resolve.js'
import {unknownCommand} from './line/suggest.js'
import {type Format, outputFormat} from './line/tokens.js'
import {documentText, printError, successJson} from './output.js'
import {describeRun} from './program.js'
import {openStreams, stdout} from './stdio.js'

/**
 * Runs the command line and exits. Help, unknown commands and errors before a command runs are answered here, as JSON
 * with `--json`.
 * @param options of oclif, if the commands are not the built ones of this package
 */
export async function main(
  options: Interfaces.LoadOptions = packagePath(),
  argv = process.argv.slice(2),
): Promise<never> {
  openStreams()
  await runLine(await Config.load(options), argv)
  return exit()
}

/** Runs the command line, and sets the exit status. */
export async function runLine(config: Config, argv: readonly string[]): Promise<void> {
  const format = outputFormat(argv)
  try {
    if (argv[0] === COMPLETE) stdout.write(completionText(config.commands, argv.slice(1), config))
    else await answer(config, resolveLine(config.commands, argv, format !== 'human'), format)
  } catch (error) {
    // oclif also ends a successful run with an exit error.
    if ((error as {oclif?: {exit?: number}}).oclif?.exit !== 0) {
      process.exitCode = printError(error, config, {
        debug: argv.includes('--debug'),
        format,
        run: describeRun(config.commands, undefined, argv, process.env),
      })
    }
  }
}

async function answer(config: Config, request: Request, format: Format): Promise<void> {
  switch (request.kind) {
    case 'command':
      await config.runCommand(request.command.id, [...request.rest])
      return
    case 'help': {
      const {helpText} = await import('./help.js')
      const help = await helpText(config, request.path, request.nested)
      if (format !== 'human') stdout.write(`${documentText(successJson({help}), format)}\n`)
      else if (stdout.isTTY && !process.argv.includes('--no-pager')) await (await import('./pager.js')).printPaged(help)
      else stdout.write(help)
      return
    }

    case 'incomplete':
      throw noCommand(request.path)
    case 'unknown':
      throw unknownCommand(config.commands, request.path, request.word, request.rest)
    case 'version':
      await config.runCommand('version', ['--output', format])
  }
}

function noCommand(path: readonly string[]): ServerError {
  const topic = path.join(' ')
  return new ServerError('usage', topic === '' ? 'No command given' : `No command of \`logseq ${topic}\` given`, {
    hint: `\`${['logseq', 'help', ...path].join(' ')}\` lists the commands.`,
  })
}
