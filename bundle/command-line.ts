import '../src/cli/missing-home.js'

import {release} from 'node:os'

import {exit} from '../src/cli/exit.js'
import {COMPLETE, resolveLine} from '../src/cli/line/resolve.js'
import {outputFormat} from '../src/cli/line/tokens.js'
import {stdout} from '../src/cli/stdio.js'
import type {Load} from './code-cache.js'
import type {Command, Config, Runnable} from './oclif/command.js'
import {allSpellings, COMMANDS, NAMES} from './program.js'

/** Runs a command line. @returns false when that takes oclif, and nothing was done */
export async function run(argv: readonly string[], load: Load): Promise<boolean> {
  if (argv[0] === COMPLETE) {
    load('complete.cjs')
    return true
  }

  const command = commandOf(argv)
  if (command === undefined) return false
  if (command.id === 'version' && command.argv.length === 0) await printVersion()
  const {default: Bundled} = load(`commands/${command.id.replaceAll(':', '/')}.cjs`) as {
    default: typeof Command & Runnable
  }
  Bundled.id = command.id
  await Bundled.run(command.argv, configOf())
  return true
}

/** Prints what the command `version` prints, without its bundle: this line is run to see whether the program is there. */
async function printVersion(): Promise<never> {
  stdout.write(`${configOf().userAgent}\n`)
  return exit()
}

/** Returns the command of a line that needs nothing of oclif; undefined for help, an unknown command, and a run with DEBUG. */
function commandOf(line: readonly string[]): {argv: readonly string[]; id: string} | undefined {
  if (process.env['DEBUG']) return undefined
  const format = outputFormat(line)
  const request = resolveLine(COMMANDS, line, format !== 'human', allSpellings())
  if (request.kind === 'command' && !dependsOnPlatform(request.command.id))
    return {argv: request.rest, id: request.command.id}
  if (request.kind === 'version' && !dependsOnPlatform('version'))
    return {argv: format === 'human' ? [] : ['--output', format], id: 'version'}
  return undefined
}

/** Returns true if the output depends on Linux in Windows, which only oclif detects. */
function dependsOnPlatform(id: string): boolean {
  return id === 'version' && /microsoft/i.test(release())
}

function configOf(): Config {
  const {arch, platform, version: node} = process
  return {
    ...NAMES,
    commands: COMMANDS,
    arch: arch === 'ia32' ? 'x86' : arch,
    findCommand: (id) => COMMANDS.find((command) => command.id === id),
    platform,
    userAgent: `${NAMES.name}/${NAMES.version} ${platform}-${arch} node-${node}`,
  }
}
