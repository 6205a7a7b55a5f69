import {shellQuote} from '../lib/shell-quote.js'
import {wordsOfId} from './line/check.js'
import {type CommandSpec, spellingsOf} from './line/spec.js'
import {readTokens, type Token} from './line/tokens.js'

/** The program that has the commands: ours, or another oclif CLI that has them as a plugin. */
export interface Program {
  bin: string
  commands?: readonly CommandSpec[]
  topicSeparator?: string | undefined
}

/** What is known of the run of which a text tells, for the commands that it advises. */
export interface Run {
  /** What stands behind `--`. */
  behindDashes: readonly string[]
  /** Flags of the line that the next command needs, too: `[['data-dir', '/tmp/x']]`. */
  carried: readonly (readonly [flag: string, value: string])[]
  /** Undefined where the line named none. */
  command: CommandSpec | undefined
  /** The graph as it was named, if one was. */
  repo: string | undefined
  tokens: readonly Token[]
}

/** Flags that say where and as whom. */
const CARRIED = ['data-dir', 'owner-source', 'owner-id', 'worker-script']

/**
 * Describes a run by its line.
 * @param command the one that the line names; else it is read by the flags of all commands
 * @param argv without the words of the command
 */
export function describeRun(
  commands: readonly CommandSpec[],
  command: CommandSpec | undefined,
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Run {
  const {behindDashes, tokens} = readTokens(spellingsOf(command ? [command] : commands), argv)
  const given = (name: string) => {
    for (const token of tokens) if (token.kind === 'flag' && token.flag.name === name && token.value) return token.value
    return undefined
  }

  const carried = CARRIED.flatMap((name) => {
    const value = given(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  return {behindDashes, carried, command, repo: given('repo') ?? (environment['LOGSEQ_CLI_REPO'] || undefined), tokens}
}

/**
 * Makes the commands in a text such that they can be pasted: `logseq server start` becomes the command as this program has
 * it, about the graph of this run and in its data directory. `logseq COMMAND --force` is this run once more, with the flag.
 */
export function asCalledBy(program: Program, text: string, run?: Run): string {
  return text.replaceAll(/`logseq ([^`]+)`/g, (_, line: string) => {
    const {length, words} = commandOf(program, line.split(' '), run)
    const spoken = [words.slice(0, length).join(program.topicSeparator ?? ' '), ...words.slice(length)]
    return `\`${[program.bin, ...spoken].join(' ')}\``
  })
}

/** The words of an advised command, of which the first `length` are its name. */
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
    const kept = run.tokens.filter((token) => token.kind !== 'flag' || !added.includes(`--${token.flag.name}`))
    const before = kept.flatMap(({words}) => words).map((word) => shellQuote(word))
    const behind = run.behindDashes.length === 0 ? [] : ['--', ...run.behindDashes.map((word) => shellQuote(word))]
    return {length: name.length, words: [...name, ...before, ...added, ...behind]}
  }

  const flagAt = advised.findIndex((word) => word.startsWith('-'))
  const words = advised.slice(0, flagAt === -1 ? undefined : flagAt)
  const command = longestCommand(program, words)
  if (!command) return {length: words.length, words: advised}
  const length = wordsOfId(command.id).split(' ').length
  return {length, words: [...named(command, advised, run), ...carriedTo(command, advised, run)]}
}

function longestCommand({commands = []}: Program, words: readonly string[]): CommandSpec | undefined {
  for (let length = words.length; length > 0; length--) {
    const command = commands.find(({id}) => id === words.slice(0, length).join(':'))
    if (command) return command
  }

  return undefined
}

/** The advised words, with the graph that this run is about, or the place for its name where the run is about none. */
function named(command: CommandSpec, advised: readonly string[], run?: Run): readonly string[] {
  if (!command.flags['repo'] || !run || advised.includes('--help')) return advised
  const repo = run.repo === undefined ? 'NAME' : shellQuote(run.repo)
  if (!advised.includes('--repo')) return [...advised, '--repo', repo]
  return advised.map((word, i) => (word === 'NAME' && advised[i - 1] === '--repo' ? repo : word))
}

function carriedTo(command: CommandSpec, advised: readonly string[], run?: Run): readonly string[] {
  if (advised.includes('--help')) return []
  const flags = (run?.carried ?? []).filter(([flag]) => command.flags[flag] && !advised.includes(`--${flag}`))
  return flags.flatMap(([flag, value]) => [`--${flag}`, shellQuote(value)])
}
