/** Text that certainly prints as it is. */
const PLAIN = /^[\u0020-\u007E]*$/

/** Returns true if a text has characters that draw on a terminal or change the direction of text. */
export function hasUnprintable(text: string): boolean {
  return !PLAIN.test(text) && text.search(unprintable()) !== -1
}

/** Replaces characters that draw on a terminal or change the direction of text. */
export function replaceUnprintable(text: string, replace: (character: string) => string): string {
  return PLAIN.test(text) ? text : text.replaceAll(unprintable(), replace)
}

/** Created when a text needs it: classes of Unicode take V8 longer than all else that a short command prints. */
function unprintable(): RegExp {
  return /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu
}

/** Escapes a character as `\u202e`, which JSON understands. */
export function spellOut(character: string): string {
  return `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`
}

/** Characters that printf, double quotes or the history of a shell would change, and a hyphen that looks like an option. */
const SPECIAL = /^-|['"\\`!$]/g

/** Backslashes that fish, unlike other shells, does not keep in single quotes. */
const ESCAPES = /\\(?:['\\]|$)/

/**
 * Quotes a word for sh, bash, zsh and fish. Characters that draw on a terminal are written as `printf` reads them. The result has no
 * backtick, because hints enclose commands in backticks.
 */
export function shellQuote(word: string): string {
  if (/^(?!%)[\w%+,./:@^-]+(=[\w%+,./:@^-]*)?$/.test(word)) return word
  const isPlain = !hasUnprintable(word) && !word.includes('`') && !ESCAPES.test(word)
  if (isPlain) return `'${word.replaceAll("'", String.raw`'\''`)}'`
  // A shell removes line breaks at the end of what a command prints.
  const [, printed = '', breaks = ''] = /^(.*?)(\n*)$/s.exec(word) ?? []
  const spelled = replaceUnprintable(printed.replaceAll('%', '%%').replaceAll(SPECIAL, octal), octal)
  return `"$(printf '${spelled}')"${breaks && `'${breaks}'`}`
}

function octal(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')
}
