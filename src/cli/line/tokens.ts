import {withHyphens} from './dashes.js'
import type {FlagSpec, Spellings} from './spec.js'

/** Flag or word of a line. */
export type Token =
  | {
      flag: FlagSpec
      kind: 'flag'
      /** Spelling on the line: `--graph`, `-g`. */
      spelled: string
      /** Value of the flag, or undefined. */
      value: string | undefined
      /** Elements of argv that form the token. */
      words: readonly string[]
    }
  | {
      kind: 'unknown'
      /** The flag that was typed with other dashes, in hyphens. */
      meant?: string
      spelled: string
      words: readonly string[]
    }
  | {kind: 'word'; text: string; words: readonly string[]}

/**
 * Splits a line into flags and words by the rules of oclif's parser: a word that is spelled like a flag is never a
 * value, and everything after `--` is a word. A flag that was typed with other dashes is unknown.
 */
export function readTokens(
  spellings: Spellings,
  argv: readonly string[],
): {behindDashes: readonly string[]; tokens: Token[]} {
  const tokens: Token[] = []
  const waiting = [...argv]
  for (let word = waiting.shift(); word !== undefined; word = waiting.shift()) {
    if (word === '--') return {behindDashes: waiting, tokens}
    const meant = withHyphens(spellings, word)
    if (meant !== undefined) {
      const [, ...value] = readFlag(spellings, meant, waiting).flatMap(({words}) => words)
      tokens.push({kind: 'unknown', meant, spelled: word, words: [word, ...value]})
    } else if (isWord(word)) {
      tokens.push({kind: 'word', text: word, words: [word]})
    } else {
      for (const token of readFlag(spellings, word, waiting)) tokens.push(token)
    }
  }

  return {behindDashes: [], tokens}
}

/** Returns true for what is a word on a line, and not a flag. */
export function isWord(text: string): boolean {
  return text === '-' || !text.startsWith('-') || /^-\d/.test(text)
}

/** Returns true if a word is spelled like a flag, with or without a value. */
export function looksLikeFlag(spellings: Spellings, word: string): boolean {
  if (word.startsWith('--'))
    return word === '--' || spellings.has(word) || word === '--help' || word.startsWith('--json=')
  return word.startsWith('-') && word.length > 1 && spellings.has(word.slice(0, 2))
}

function takeValue(spellings: Spellings, waiting: string[]): string | undefined {
  const [next] = waiting
  return next === undefined || looksLikeFlag(spellings, next) ? undefined : waiting.shift()
}

function readFlag(spellings: Spellings, word: string, waiting: string[]): Token[] {
  return word.startsWith('--') ? [readLong(spellings, word, waiting)] : readShort(spellings, word, waiting)
}

function readLong(spellings: Spellings, word: string, waiting: string[]): Token {
  const equals = word.indexOf('=')
  const spelled = equals === -1 ? word : word.slice(0, equals)
  const flag = spellings.get(spelled)
  if (!flag) return {kind: 'unknown', spelled, words: [word]}
  if (equals !== -1) return {flag, kind: 'flag', spelled, value: word.slice(equals + 1), words: [word]}
  const value = flag.type === 'option' ? takeValue(spellings, waiting) : undefined
  return {flag, kind: 'flag', spelled, value, words: value === undefined ? [word] : [word, value]}
}

/** Reads `-r demo`, `-rdemo`, `-r=demo`, or several flags without values in one word. */
function readShort(spellings: Spellings, word: string, waiting: string[]): Token[] {
  const spelled = word.slice(0, 2)
  const flag = spellings.get(spelled)
  if (!flag) return [{kind: 'unknown', spelled: word, words: [word]}]
  const rest = word.slice(2)
  if (flag.type === 'option') {
    const value = rest === '' ? takeValue(spellings, waiting) : rest.replace(/^=/, '')
    return [{flag, kind: 'flag', spelled, value, words: rest === '' && value !== undefined ? [word, value] : [word]}]
  }

  if (rest.startsWith('=')) return [{flag, kind: 'flag', spelled, value: rest.slice(1), words: [word]}]
  const first: Token = {flag, kind: 'flag', spelled, value: undefined, words: [spelled]}
  return rest === '' ? [first] : [first, ...readShort(spellings, `-${rest}`, waiting)]
}

/** Format of the output. `json` and `edn` are one document for programs. */
export type Format = 'edn' | 'human' | 'json'

/** Returns the format that a line requests, even if the line is invalid. */
export function outputFormat(argv: readonly string[]): Format {
  const end = argv.indexOf('--')
  const words = argv.slice(0, end === -1 ? undefined : end)
  if (words.some((word) => word === '--json' || word.startsWith('--json='))) return 'json'
  const at = words.findLastIndex((word) => word === '--output' || word.startsWith('--output='))
  const value = words[at]?.includes('=') ? words[at].slice('--output='.length) : words[at + 1]
  return at !== -1 && (value === 'edn' || value === 'json') ? value : 'human'
}
