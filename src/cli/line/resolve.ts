import {type CommandSpec, type Spellings, spellingsOf} from './spec.js'
import {readTokens, type Token} from './tokens.js'
import {isMeantBelow} from './word-match.js'

/** Request that a command line makes. */
export type Request =
  | {command: CommandSpec; kind: 'command'; rest: readonly string[]}
  /** `path` is the topic or command to explain; empty for the whole program. */
  | {kind: 'help'; nested: boolean; path: readonly string[]}
  /** No command was named, but flags that would be ignored by help. */
  | {kind: 'incomplete'; path: readonly string[]}
  /** `words` are all words of the line; those of `path` are known. */
  | {kind: 'unknown'; path: readonly string[]; rest: readonly string[]; word: string}
  | {kind: 'version'}

/** Word with which shells request completions: `logseq __complete bash WORD...`. */
export const COMPLETE = '__complete'

const HELP = new Set(['--help', '-h'])
const VERSION = new Set(['--version', '-V', '-v'])

/**
 * Finds the command of a line. Flags may precede, separate and follow its words.
 * @param json with `--json`, a topic alone is an incomplete command
 * @param flags flags of all commands by spelling
 */
export function resolveLine(
  commands: readonly CommandSpec[],
  argv: readonly string[],
  json: boolean,
  flags: Spellings = spellingsOf(commands),
): Request {
  const spellings = new Map(flags)
  // `help` has a flag `-n` of its own, which takes no value.
  if (argv.find((word) => !word.startsWith('-')) === 'help') spellings.delete('-n')
  const {behindDashes, tokens} = readTokens(spellings, argv)
  const asksHelp = tokens.some((token) => token.kind === 'unknown' && HELP.has(token.spelled))
  const words = tokens.filter((token) => token.kind === 'word')
  const texts = words.map(({text}) => text)
  const first = texts.findIndex((text) => text !== 'help')
  const helpWords = first === -1 ? texts.length : first
  const {count, path} = longestPath(commands, texts.slice(helpWords))
  const used = new Set<Token>(words.slice(0, count + helpWords))
  const rest = tokens.filter((token) => !used.has(token))
  const next = rest.find((token) => token.kind === 'word')
  const command = commands.find(({id}) => id === path.join(':'))
  if (next?.kind === 'word' && (!command || (takesNone(command) && isMeantBelow(commands, path, next.text)))) {
    return {kind: 'unknown', path, rest: wordsOf(rest.filter((token) => token !== next)), word: next.text}
  }

  if (asksHelp || helpWords > 0) return {kind: 'help', nested: rest.some((token) => isNested(token)), path}
  if (command) {
    return {command, kind: 'command', rest: [...wordsOf(rest), ...(argv.includes('--') ? ['--', ...behindDashes] : [])]}
  }

  if (path.length === 0 && tokens.some((token) => token.kind === 'unknown' && VERSION.has(token.spelled)))
    return {kind: 'version'}
  return rest.length === 0 && behindDashes.length === 0 && !json
    ? {kind: 'help', nested: false, path}
    : {kind: 'incomplete', path}
}

function takesNone({args, strict}: CommandSpec): boolean {
  return strict !== false && Object.keys(args).length === 0
}

/** Returns the longest prefix of words that names a command or a topic. */
export function longestPath(
  commands: readonly CommandSpec[],
  words: readonly string[],
): {count: number; path: readonly string[]} {
  let count = 0
  const known = (length: number) => {
    const id = words.slice(0, length).join(':')
    return commands.some((command) => command.id === id || command.id.startsWith(`${id}:`))
  }

  while (count < words.length && !words[count]!.includes(':') && words[count] !== '' && known(count + 1)) count++
  return {count, path: words.slice(0, count)}
}

function wordsOf(tokens: readonly Token[]): string[] {
  return tokens.flatMap(({words}) => words)
}

/** True for `-n`, a flag of oclif's help command. */
function isNested(token: Token): boolean {
  if (token.kind === 'flag') return token.flag.name === 'nested-commands'
  return token.kind === 'unknown' && (token.spelled === '--nested-commands' || token.spelled === '-n')
}
