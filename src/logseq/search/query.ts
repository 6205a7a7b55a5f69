import {plain} from './titles.js'

/** Words that stand for operators, and what they are in SQLite. */
const OPERATORS = new Map([
  ['&', 'AND'],
  ['and', 'AND'],
  ['not', 'NOT'],
  ['or', 'OR'],
  ['|', 'OR'],
])

const PUNCTUATION = /[^\p{L}\p{M}\p{N}\s_&|]/u

/** Shorter words are in no index of three letters. */
const MIN_WORD = 3

/**
 * Maximum length of what is typed, in characters. The time for a question grows with the square of its words, and SQLite refuses
 * patterns of more than 50,000 bytes and more than 256 exclusions: its error would be taken for a damaged index.
 */
export const MAX_TYPED = 1000

/**
 * Returns the length of a text as it is looked for, where some characters are several. One that is too long is not converted. Blanks
 * around it count: the score of each title reads them.
 */
export function lengthOfTyped(typed: string): number {
  return typed.length > MAX_TYPED ? typed.length : plain(typed).length
}

/** A question to the full-text index. */
export interface FullText {
  /** For `MATCH`. */
  expression: string
  /** Words of a title that match. */
  words: readonly string[]
}

/** The question to the full-text index; undefined for what is too short. Each word is quoted: no text is an error of syntax. */
export function fullText(typed: string): FullText | undefined {
  const text = typed.trim()
  const words = text.split(/\s+/)
  if (PUNCTUATION.test(text)) return [...text].length < MIN_WORD ? undefined : {expression: quoted(text), words: [text]}
  const parts: string[] = []
  const found: string[] = []
  let isExcluded = false
  for (const [i, word] of words.entries()) {
    const isBetween = i > 0 && i < words.length - 1
    const operator = isBetween ? OPERATORS.get(word.toLowerCase()) : undefined
    const last = parts.at(-1)
    if (operator !== undefined && last?.startsWith('"')) {
      parts.push(operator)
      isExcluded = operator === 'NOT'
      continue
    }

    if ([...word].length < MIN_WORD) {
      if (words.length === 1) return undefined
      continue
    }

    if (last?.startsWith('"')) parts.push('AND')
    parts.push(quoted(word))
    if (!isExcluded) found.push(word)
    isExcluded = false
  }

  if (parts.length > 0 && !parts.at(-1)!.startsWith('"')) parts.pop()
  return parts.length === 0 ? undefined : {expression: parts.join(' '), words: found}
}

/** A pattern for `LIKE … ESCAPE '\'`: titles that have all letters of a text in their order. */
export function lettersPattern(typed: string): string {
  const letters = Array.from(plain(typed.trim()), (letter) => escaped(letter)).filter((letter) => !/^\s$/.test(letter))
  return `%${letters.join('%')}%`
}

/** A pattern for titles that have a text in them. */
export function containedPattern(typed: string): string {
  return `%${escaped(plain(typed.trim()))}%`
}

/** Returns true for a text of several words. */
export function hasWords(typed: string): boolean {
  return /\s/.test(typed.trim())
}

function quoted(word: string): string {
  return `"${word.replaceAll('"', '""')}"`
}

function escaped(text: string): string {
  return text.replaceAll(/[%\\_]/g, String.raw`\$&`)
}
