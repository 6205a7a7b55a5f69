/** Characters that draw on a terminal or change the direction of a text. */
export const UNPRINTABLE = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

/** `\u202e`: a character spelled out, as JSON and shells read it. */
export function spellOut(character: string): string {
  return `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`
}

/** Writes a word so that a POSIX shell reads it as it is. */
export function shellQuote(word: string): string {
  if (/^[\w%+,./:@^-]+(=[\w%+,./:@^-]*)?$/.test(word)) return word
  if (word.search(UNPRINTABLE) === -1) return `'${word.replaceAll("'", String.raw`'\''`)}'`
  const spelled = word.replaceAll(/['\\]/g, String.raw`\$&`).replaceAll(UNPRINTABLE, (character) => spellOut(character))
  return `$'${spelled}'`
}
