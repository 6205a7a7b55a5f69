import {METHOD_NAMES} from '../../protocol/methods/all.js'
import {present} from '../../values/present.js'
import {wordsOfId} from '../line/check.js'
import {longestPath} from '../line/resolve.js'
import {type CommandSpec, type FlagSpec, spellingsOf, valueName} from '../line/spec.js'
import {isWord, looksLikeFlag, readTokens, type Token} from '../line/tokens.js'

/** Candidates at the cursor. The shell itself completes files and directories. */
export type Completion = {kind: 'directories' | 'files'} | {kind: 'words'; words: readonly Candidate[]}

/** Word, with a note for shells that display one. */
interface Candidate {
  note?: string | undefined
  word: string
}

/** Data that completion looks up. */
export interface Sources {
  /** Returns the names of a graph's backups. */
  backups(dataDir: string | undefined, repo: string): readonly string[]
  /** Returns the names of the graphs in a data directory, by default the usual one. */
  graphs(dataDir: string | undefined): readonly string[]
}

const NOTHING: Completion = {kind: 'words', words: []}

/**
 * Returns the candidates at the cursor.
 * @param before words before the cursor, without the program
 * @param current part of the current word before the cursor
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
  const found = command ? argumentsOf(command, position, tokens, sources) : NOTHING
  const values = dashed ? found : only(found, isWord)
  return starting(values.kind === 'words' ? {kind: 'words', words: [...children, ...values.words]} : values, current)
}

/**
 * Returns candidates for the flag whose value is at the cursor, as `--repo d`, `--repo=d`, `-rd` or `-r=d`. Shells
 * strip `--repo=` themselves; for a short flag, candidates include the flag.
 */
function flagValues(
  spellings: ReadonlyMap<string, FlagSpec>,
  tokens: readonly Token[],
  current: string,
  sources: Sources,
): Completion | undefined {
  const last = tokens.at(-1)
  if (last?.kind === 'flag' && last.flag.type === 'option' && last.value === undefined)
    return starting(
      only(valuesOf(last.flag, tokens, sources), (word) => !looksLikeFlag(spellings, word)),
      current,
    )

  const [, long, value] = /^(--[^=]+)=(.*)$/s.exec(current) ?? []
  const joined = long === undefined ? undefined : spellings.get(long)
  if (joined) return joined.type === 'option' ? starting(valuesOf(joined, tokens, sources), present(value)) : NOTHING

  const [prefix, short] = /^(-[^-])=?/.exec(current) ?? []
  const glued = short === undefined || current === short ? undefined : spellings.get(short)
  if (glued?.type !== 'option') return undefined
  const values = valuesOf(glued, tokens, sources)
  if (values.kind !== 'words') return NOTHING
  return starting({kind: 'words', words: values.words.map(({word}) => ({word: present(prefix) + word}))}, current)
}

function starting(completion: Completion, current: string): Completion {
  return only(completion, (word) => word.startsWith(current))
}

/** Leaves out words, such as the names of graphs that a line would read as flags. */
function only(completion: Completion, isMeant: (word: string) => boolean): Completion {
  if (completion.kind !== 'words') return completion
  return {kind: 'words', words: completion.words.filter(({word}) => isMeant(word))}
}

function plain(words: readonly string[]): Completion {
  return {kind: 'words', words: words.map((word) => ({word}))}
}

/** Returns the words that may follow a topic; at the root also `help`. */
function childrenOf(commands: readonly CommandSpec[], path: readonly string[], withHelp: boolean): Candidate[] {
  const prefix = path.map((word) => `${word}:`).join('')
  const words = new Map<string, string | undefined>()
  for (const {id, summary} of commands) {
    if (!id.startsWith(prefix)) continue
    const [word = '', ...more] = id.slice(prefix.length).split(':')
    if (more.length === 0) words.set(word, summary)
    else if (!words.has(word)) words.set(word, `Commands of ${wordsOfId(prefix + word)}`)
  }

  if (withHelp && path.length === 0) words.set('help', 'Show help of a command.')
  return [...words].map(([word, note]) => ({note, word})).toSorted((a, b) => (a.word < b.word ? -1 : 1))
}

/** Returns the flags that may still be added, once each. */
function flagsOf(command: CommandSpec | undefined, tokens: readonly Token[]): Completion {
  const given = new Set(tokens.map((token) => (token.kind === 'flag' && !token.flag.multiple ? token.flag.name : '')))
  const flags = Object.values(command?.flags ?? {}).filter(({hidden, name}) => !hidden && !given.has(name))
  const words: Candidate[] = flags.map(({name, summary}) => ({note: summary, word: `--${name}`}))
  words.push({note: 'Show help.', word: '--help'})
  if (!command) words.push({note: 'Print the version.', word: '--version'})
  return {kind: 'words', words: words.toSorted((a, b) => (a.word < b.word ? -1 : 1))}
}

/** Returns the value of a flag on the line or in its environment variable. */
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
  // A repeatable argument is completed like the first.
  const arg = args[position] ?? (command.strict === false && last?.name === 'backup' ? last : undefined)
  if (arg?.options) return plain(arg.options)
  switch (arg?.name) {
    case 'backup': {
      const repo = givenValue('repo', tokens)
      return plain(sources.backups(givenValue('data-dir', tokens), repo ?? ''))
    }

    case 'file':
      return {kind: 'files'}
    case 'name': // the new name of a renaming is not completed
      return command.id === 'graph:switch' ? plain(sources.graphs(givenValue('data-dir', tokens))) : NOTHING
    case 'method':
      return plain(METHOD_NAMES)
    default:
      return NOTHING
  }
}
