/** Characters that draw on a terminal or change the direction of text. */
export const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

/** Escapes a character as `\u202e`, which JSON and shells understand. */
export function spellOut(character: string): string {
  return `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`
}

/**
 * Quotes a word for a shell: for any POSIX one, or, with a character that does not print, for bash and zsh. The result has no
 * backtick, because hints enclose commands in backticks.
 */
export function shellQuote(word: string): string {
  if (/^[\w%+,./:@^-]+(=[\w%+,./:@^-]*)?$/.test(word)) return word
  if (word.search(UNPRINTABLE) === -1 && !word.includes('`')) return `'${word.replaceAll("'", String.raw`'\''`)}'`
  const spelled = word
    .replaceAll(/['\\]/g, String.raw`\$&`)
    .replaceAll('`', String.raw`\x60`)
    .replaceAll(UNPRINTABLE, (character) => spellOut(character))
  return `$'${spelled}'`
}
