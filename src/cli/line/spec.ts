/** Flag in the manifest: the parts by which a line is read without oclif. */
export interface FlagSpec {
  aliases?: readonly string[] | undefined
  allowNo?: boolean | undefined
  char?: string | undefined
  charAliases?: readonly string[] | undefined
  dependsOn?: readonly string[] | undefined
  /** Environment variable that provides the value if the flag is not on the line. */
  env?: string | undefined
  exclusive?: unknown
  helpValue?: readonly string[] | string | undefined
  hidden?: boolean | undefined
  multiple?: boolean | undefined
  name: string
  options?: readonly string[] | undefined
  summary?: string | undefined
  type: 'boolean' | 'option'
}

/** Positional argument in the manifest. */
interface ArgSpec {
  description?: string | undefined
  name: string
  options?: readonly string[] | undefined
  required?: boolean | undefined
}

/** Command in the manifest. `id` separates words by colons. */
export interface CommandSpec {
  args: Readonly<Record<string, ArgSpec>>
  flags: Readonly<Record<string, FlagSpec>>
  hidden?: boolean | undefined
  id: string
  /** False if the command takes any number of arguments. */
  strict?: boolean | undefined
  summary?: string | undefined
}

/** `help`, which is part of each command line and no command of its own. */
export const HELP_COMMAND: CommandSpec = {
  args: {command: {name: 'command'}},
  flags: {},
  id: 'help',
  summary: 'Display help for logseq.',
}

/** Flags by spelling: `--repo`, `--graph`, `-r`, `-g`, `--no-color`. */
export type Spellings = ReadonlyMap<string, FlagSpec>

/** Indexes the flags of commands by spelling. */
export function spellingsOf(commands: readonly Pick<CommandSpec, 'flags'>[]): Spellings {
  return new Map(commands.flatMap(({flags}) => Object.values(flags).flatMap((flag) => spell(flag))))
}

function spell(flag: FlagSpec): [spelling: string, flag: FlagSpec][] {
  const long = [flag.name, ...(flag.aliases ?? [])]
  const short = [...(flag.char === undefined ? [] : [flag.char]), ...(flag.charAliases ?? [])]
  const spellings = [
    ...long.map((name) => `--${name}`),
    ...short.map((char) => `-${char}`),
    ...(flag.allowNo ? long.map((name) => `--no-${name}`) : []),
  ]
  return spellings.map((spelling) => [spelling, flag])
}

/** Returns the placeholder for a flag's value in help texts: `NAME`, `TIME`. */
export function valueName({helpValue, name}: FlagSpec): string {
  const [first] = typeof helpValue === 'string' ? [helpValue] : (helpValue ?? [])
  return first ?? name.toUpperCase()
}
