import {shellQuote} from '../lib/shell-quote.js'
import {wordsOfId} from './line/check.js'
import {type CommandSpec, spellingsOf} from './line/spec.js'
import {readTokens, type Token} from './line/tokens.js'

/** Program that has the commands: ours, or another oclif CLI with this plugin. */
export interface Program {
  bin: string
  commands?: readonly CommandSpec[]
  topicSeparator?: string | undefined
}

/** Details of a run, for the commands in its hints. */
export interface Run {
  /** Words after `--`. */
  behindDashes: readonly string[]
  /** Flags that the next command needs too: `[['data-dir', '/tmp/x']]`. */
  carried: readonly (readonly [flag: string, value: string])[]
  /** Undefined if the line has no command. */
  command: CommandSpec | undefined
  /** The graph as the line named it, if it did. */
  repo: string | undefined
  tokens: readonly Token[]
}

/** Flags that locate the graph and identify the requester. */
const CARRIED = ['data-dir', 'owner-source', 'owner-id', 'worker-script']

/**
 * Describes a run by its line.
 * @param command command of the line; if undefined, the flags of all commands are used
 * @param argv line without the words of the command
 */
export function describeRun(
  commands: readonly CommandSpec[],
  command: CommandSpec | undefined,
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Run {
  const {behindDashes, tokens} = readTokens(spellingsOf(command ? [command] : commands), argv)
  const given = (name: string) => {
    const values = tokens.flatMap((token) => (token.kind === 'flag' && token.flag.name === name ? [token.value] : []))
    // Of several data directories, none is that of the next command.
    return values.length === 1 ? values[0] || undefined : undefined
  }

  const carried = CARRIED.flatMap((name) => {
    const value = given(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return {behindDashes, carried, command, repo: given('repo') ?? (environment['LOGSEQ_CLI_REPO'] || undefined), tokens}
}

/**
 * Rewrites the commands in a text so that they can be pasted: `logseq server start` becomes the command of this
 * program, with the graph and data directory of this run. `logseq COMMAND --force` becomes this run with the flag.
 */
export function asCalledBy(program: Program, text: string, run?: Run): string {
  return text.replaceAll(/`logseq ([^`]+)`/g, (_, line: string) => {
    const {length, words} = commandOf(program, line.split(' '), run)
    const spoken = [words.slice(0, length).join(program.topicSeparator ?? ' '), ...joined(words.slice(length))]
    return `\`${[program.bin, ...spoken].join(' ')}\``
  })
}

/** Words of a suggested command; the first `length` are its name. */
function commandOf(
  program: Program,
  advised: readonly string[],
  run?: Run,
): {length: number; words: readonly string[]} {
  const [first, ...added] = advised
  if (first === 'COMMAND') {
    if (!run?.command) return {length: 0, words: advised}
    const name = wordsOfId(run.command.id).split(' ')
    if (added.includes('--help')) return {length: name.length, words: [...name, ...added]}
    return {length: name.length, words: [...name, ...again(run, run.command, added)]}
  }

  const flagAt = advised.findIndex((word) => word.startsWith('-'))
  const words = advised.slice(0, flagAt === -1 ? undefined : flagAt)
  const command = longestCommand(program, words)
  if (!command) return {length: words.length, words: advised}
  const length = wordsOfId(command.id).split(' ').length
  // Another method: its arguments are those of this run.
  if (command.strict === false && command.id === run?.command?.id && advised.length === length + 1 && flagAt === -1)
    return {length, words: [...words.slice(0, length), ...withFirstWord(run, words.slice(length))]}
  return {length, words: [...named(command, advised, run), ...carriedTo(command, advised, run)]}
}

/** Returns the words of this run with a flag added or replaced, and the graph wherever its command takes it. */
function again(run: Run, command: CommandSpec, added: readonly string[]): readonly string[] {
  const flag = /^--([\w-]+)/.exec(added[0] ?? '')?.[1]
  if (flag === 'repo' && !command.flags['repo']) return withFirstWord(run, added.slice(1))
  const kept = run.tokens.filter((token) => token.kind !== 'flag' || !added.includes(`--${token.flag.name}`))
  // A hint is that of an error, whatever the command: some have no --timeout. Then it is to be run again as it was.
  const taken = flag === undefined || command.flags[flag] ? added : []
  return [...quoted(kept.flatMap(({words}) => words)), ...taken, ...behind(run.behindDashes)]
}

/** Returns the words of this run with another first argument. @param first it, as a shell reads it */
function withFirstWord({behindDashes, tokens}: Run, first: readonly string[]): readonly string[] {
  const at = tokens.findIndex(({kind}) => kind === 'word')
  const rest = at === -1 ? behindDashes.slice(1) : behindDashes
  const [before, after] = [tokens.slice(0, Math.max(at, 0)), tokens.slice(at + 1)].map((part) =>
    quoted(part.flatMap(({words}) => words)),
  ) as [string[], string[]]
  if (LIKE_FLAG.test(first.join(' '))) return [...before, ...after, '--', ...first, ...quoted(rest)]
  return [...before, ...first, ...after, ...behind(rest)]
}

function behind(words: readonly string[]): readonly string[] {
  return words.length === 0 ? [] : ['--', ...quoted(words)]
}

function quoted(words: readonly string[]): string[] {
  return words.map((word) => shellQuote(word))
}

function longestCommand({commands = []}: Program, words: readonly string[]): CommandSpec | undefined {
  for (let length = words.length; length > 0; length--) {
    const command = commands.find(({id}) => id === words.slice(0, length).join(':'))
    if (command) return command
  }

  return undefined
}

/** Flags of commands that are about no graph, or about all. */
const OF_NO_GRAPH = new Set(['--all', '--help', '--outdated'])

/** Appends the graph of this run to the suggested words, or a placeholder if missing. */
function named(command: CommandSpec, advised: readonly string[], run?: Run): readonly string[] {
  if (!command.flags['repo'] || !run || advised.some((word) => OF_NO_GRAPH.has(word))) return advised
  const flag = flagWords('repo', run.repo ?? 'NAME')
  const at = advised.indexOf('--repo')
  if (at === -1) return [...advised, ...flag]
  return advised[at + 1] === 'NAME' ? advised.toSpliced(at, 2, ...flag) : advised
}

function carriedTo(command: CommandSpec, advised: readonly string[], run?: Run): readonly string[] {
  if (advised.includes('--help')) return []
  const flags = (run?.carried ?? []).filter(([flag]) => command.flags[flag] && !advised.includes(`--${flag}`))
  return flags.flatMap(([flag, value]) => flagWords(flag, value))
}

/** A flag with its value, as a shell reads both. */
function flagWords(flag: string, value: string): string[] {
  return [`--${flag}`, shellQuote(value)]
}

/** Flags whose values are names and paths, and a quoted value that a line may read as a flag. */
const WITH_NAME = /^--(?:repo|data-dir|owner-id)$/
const LIKE_FLAG = /^(?:'?-|"\$\(printf '\\055)/

/** Joins a value that looks like a flag to its own flag: `--repo=--all`. */
function joined(words: readonly string[]): string[] {
  const joins = (word: string | undefined, at: number) =>
    word !== undefined && WITH_NAME.test(words[at - 1] ?? '') && LIKE_FLAG.test(word)
  return words.flatMap((word, at) => {
    if (joins(word, at)) return []
    return joins(words[at + 1], at + 1) ? [`${word}=${words[at + 1]}`] : [word]
  })
}
