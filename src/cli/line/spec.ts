/** A flag as the manifest describes it: what is needed to read a command line without oclif. */
export interface FlagSpec {
  aliases?: readonly string[] | undefined
  allowNo?: boolean | undefined
  char?: string | undefined
  charAliases?: readonly string[] | undefined
  dependsOn?: readonly string[] | undefined
  /** Environment variable that gives the value when the flag is not on the command line. */
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

/** A positional argument as the manifest describes it. */
interface ArgSpec {
  description?: string | undefined
  name: string
  options?: readonly string[] | undefined
  required?: boolean | undefined
}

/** A command as the manifest describes it. `id` separates its words by colons. */
export interface CommandSpec {
  args: Readonly<Record<string, ArgSpec>>
  flags: Readonly<Record<string, FlagSpec>>
  hidden?: boolean | undefined
  id: string
  /** False: it takes any number of arguments. */
  strict?: boolean | undefined
  summary?: string | undefined
}

/** Looks up flags by each of their spellings: `--repo`, `--graph`, `-r`, `-g`, `--no-color`. */
export type Spellings = ReadonlyMap<string, FlagSpec>

/** Indexes the flags of one or of several commands by their spellings. */
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

/** The word that stands for a flag's value in help texts: `NAME`, `TIME`. */
export function valueName({helpValue, name}: FlagSpec): string {
  const [first] = typeof helpValue === 'string' ? [helpValue] : (helpValue ?? [])
  return first ?? name.toUpperCase()
}
