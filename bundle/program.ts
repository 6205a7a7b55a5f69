import {type CommandSpec, type FlagSpec, type Spellings, spellingsOf} from '../src/cli/line/spec.js'

/** Facts of package.json and the manifest, each flag once. Filled in by scripts/bundle.js. */
declare const PROGRAM: {
  bin: string
  commands: (Omit<CommandSpec, 'flags'> & {flags: number[]})[]
  dirname: string
  flags: FlagSpec[]
  name: string
  topicSeparator: string
  version: string
}

const {commands, flags, ...names} = PROGRAM

/** Names and version of this program. */
export const NAMES = names

/** Commands of this program. The flags of a command are put together when they are read: a run needs those of one. */
export const COMMANDS: readonly CommandSpec[] = commands.map(({flags: indexes, ...command}) => ({
  ...command,
  get flags() {
    return Object.fromEntries(indexes.map((index) => [flags[index]!.name, flags[index]!]))
  },
}))

/** Flags of all commands by spelling. */
export function allSpellings(): Spellings {
  return spellingsOf([{flags: Object.fromEntries(flags.map((flag, index) => [index, flag]))}])
}
