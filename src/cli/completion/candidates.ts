import {METHOD_NAMES} from '../../protocol/methods/all.js'
import {wordsOfId} from '../line/check.js'
import {longestPath} from '../line/resolve.js'
import {type CommandSpec, type FlagSpec, spellingsOf, valueName} from '../line/spec.js'
import {readTokens, type Token} from '../line/tokens.js'

/** What may stand at the cursor. Files and directories are found by the shell itself. */
export type Completion = {kind: 'directories' | 'files'} | {kind: 'words'; words: readonly Candidate[]}

/** One word, with a remark for shells that show one. */
interface Candidate {
  note?: string | undefined
  word: string
}

/** What is looked up while completing. */
export interface Sources {
  /** Names of the backups of a graph. */
  backups(dataDir: string | undefined, repo: string): readonly string[]
  /** Names of the graphs of a data directory; of the usual one unless given. */
  graphs(dataDir: string | undefined): readonly string[]
}

const NOTHING: Completion = {kind: 'words', words: []}

/**
 * Tells what may stand at the cursor of a command line.
 * @param before the words before the cursor's, without the program
 * @param current what of the cursor's word stands before the cursor
 */
export function completionsOf(
  commands: readonly CommandSpec[],
  before: readonly string[],
  current: string,
  sources: Sources,
): Completion {
  const shown = commands.filter(({hidden}) => !hidden)
  const spellings = spellingsOf(commands)
  const {behindDashes, tokens} = readTokens(spellings, before)
  const dashed = before.includes('--')
  const ofFlag = dashed ? undefined : flagValues(spellings, tokens, current, sources)
  if (ofFlag) return ofFlag

  const words = [...tokens.flatMap((token) => (token.kind === 'word' ? [token.text] : [])), ...behindDashes]
  const asksHelp = words[0] === 'help'
  const {count, path} = longestPath(shown, asksHelp ? words.slice(1) : words)
  const command = asksHelp ? undefined : shown.find(({id}) => id === path.join(':'))
  if (current.startsWith('-') && !dashed) return starting(flagsOf(command, tokens), current)

  const position = words.length - count - (asksHelp ? 1 : 0)
  const children = position === 0 ? childrenOf(shown, path, !asksHelp) : []
  const values = command ? argumentsOf(command, position, tokens, sources) : NOTHING
  return starting(values.kind === 'words' ? {kind: 'words', words: [...children, ...values.words]} : values, current)
}

/**
 * The values of the flag whose value stands at the cursor: behind it (`--repo d`), or in one word with it (`--repo=d`, `-rd`,
 * `-r=d`). Shells take `--repo=` off themselves; a short flag is offered with its value.
 */
function flagValues(
  spellings: ReadonlyMap<string, FlagSpec>,
  tokens: readonly Token[],
  current: string,
  sources: Sources,
): Completion | undefined {
  const last = tokens.at(-1)
  if (last?.kind === 'flag' && last.flag.type === 'option' && last.value === undefined)
    return starting(valuesOf(last.flag, tokens, sources), current)

  const [, long, value] = /^(--[^=]+)=(.*)$/s.exec(current) ?? []
  const joined = long === undefined ? undefined : spellings.get(long)
  if (joined) return joined.type === 'option' ? starting(valuesOf(joined, tokens, sources), value!) : NOTHING

  const [prefix, short] = /^(-[^-])=?/.exec(current) ?? []
  const glued = short === undefined || current === short ? undefined : spellings.get(short)
  if (glued?.type !== 'option') return undefined
  const values = valuesOf(glued, tokens, sources)
  if (values.kind !== 'words') return NOTHING
  return starting({kind: 'words', words: values.words.map(({word}) => ({word: prefix! + word}))}, current)
}

function starting(completion: Completion, current: string): Completion {
  if (completion.kind !== 'words') return completion
  return {kind: 'words', words: completion.words.filter(({word}) => word.startsWith(current))}
}

function plain(words: readonly string[]): Completion {
  return {kind: 'words', words: words.map((word) => ({word}))}
}

/** The words that may follow those of a topic; at the root `help`, too. */
function childrenOf(commands: readonly CommandSpec[], path: readonly string[], withHelp: boolean): Candidate[] {
  const prefix = path.map((word) => `${word}:`).join('')
  const words = new Map<string, string | undefined>()
  for (const {id, summary} of commands) {
    if (!id.startsWith(prefix)) continue
    const [word, ...more] = id.slice(prefix.length).split(':')
    if (more.length === 0) words.set(word!, summary)
    else if (!words.has(word!)) words.set(word!, `Commands of ${wordsOfId(prefix + word!)}`)
  }

  if (withHelp && path.length === 0) words.set('help', 'Show help of a command.')
  return [...words].map(([word, note]) => ({note, word})).toSorted((a, b) => (a.word < b.word ? -1 : 1))
}

/** The flags that may still be given, each by its name. */
function flagsOf(command: CommandSpec | undefined, tokens: readonly Token[]): Completion {
  const given = new Set(tokens.map((token) => (token.kind === 'flag' && !token.flag.multiple ? token.flag.name : '')))
  const flags = Object.values(command?.flags ?? {}).filter(({hidden, name}) => !hidden && !given.has(name))
  const words: Candidate[] = flags.map(({name, summary}) => ({note: summary, word: `--${name}`}))
  words.push({note: 'Show help.', word: '--help'})
  if (!command) words.push({note: 'Print the version.', word: '--version'})
  return {kind: 'words', words: words.toSorted((a, b) => (a.word < b.word ? -1 : 1))}
}

/** The value that a flag has on the line, or in its variable. */
function givenValue(name: string, tokens: readonly Token[]): string | undefined {
  const token = tokens.find((one) => one.kind === 'flag' && one.flag.name === name)
  return token?.kind === 'flag' ? token.value : undefined
}

function valuesOf(flag: FlagSpec, tokens: readonly Token[], sources: Sources): Completion {
  if (flag.options) return plain(flag.options)
  if (flag.name === 'repo') return plain(sources.graphs(givenValue('data-dir', tokens)))
  const kind = valueName(flag)
  if (kind === 'DIR') return {kind: 'directories'}
  return kind === 'FILE' || kind === 'PATH' ? {kind: 'files'} : NOTHING
}

function argumentsOf(command: CommandSpec, position: number, tokens: readonly Token[], sources: Sources): Completion {
  const args = Object.values(command.args)
  const last = args.at(-1)
  // Where any number of backups may be named, each is completed as the first.
  const arg = args[position] ?? (command.strict === false && last?.name === 'backup' ? last : undefined)
  if (arg?.options) return plain(arg.options)
  switch (arg?.name) {
    case 'backup': {
      const repo = givenValue('repo', tokens)
      return plain(sources.backups(givenValue('data-dir', tokens), repo ?? ''))
    }

    case 'file':
      return {kind: 'files'}
    case 'method':
      return plain(METHOD_NAMES)
    default:
      return NOTHING
  }
}
