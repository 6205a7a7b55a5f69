import {readFileSync} from 'node:fs'

import type {CommandSpec} from '../../src/cli/line/spec.js'

const {commands} = JSON.parse(readFileSync(new URL('../../oclif.manifest.json', import.meta.url), 'utf8')) as {
  commands: Record<string, CommandSpec>
}

/** The IDs of all commands. */
export const COMMAND_IDS = Object.keys(commands)

/** A command as the manifest describes it. */
export function manifestCommand(id: string): CommandSpec {
  const command = commands[id]
  if (!command) throw new Error(`no command ${id}`)
  return command
}
