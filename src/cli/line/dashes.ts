import type {Spellings} from './spec.js'

/** Hyphens, dashes and minus signs that editors, chat programs and phones write instead of one or two hyphens. */
const OTHER_DASHES = String.raw`\u2010-\u2015\u2212\ufe58\ufe63\uff0d`
const DASHED = new RegExp(`^(?=-*[${OTHER_DASHES}])[-${OTHER_DASHES}]+(\\w[^=]*)(=.*)?$`, 's')

/**
 * Returns the flag that a word with other dashes stands for: `--repo` for `—repo`, `-r` for `–r`.
 * @returns undefined if the word begins with hyphens alone, or with what is not a flag
 */
export function withHyphens(spellings: Spellings, word: string): string | undefined {
  const [, name = '', value = ''] = DASHED.exec(word) ?? []
  const spelled = `${name.length === 1 ? '-' : '--'}${name}`
  return spellings.has(spelled) || spelled === '--help' ? spelled + value : undefined
}

/** Names a character: `"—" (U+2014)`. */
export function nameOfDash(word: string): string {
  const [dash = ''] = new RegExp(`[${OTHER_DASHES}]`).exec(word) ?? []
  return `"${dash}" (U+${dash.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')})`
}
