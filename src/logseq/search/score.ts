import {plain} from './titles.js'

/** A title with the whole typed text scores higher than one with its letters in several places. */
const CONTAINED = 1000

/** Weights of the first letter's position and the title's length: they decide between titles that match as well. */
const POSITION = 0.02
const MAX_POSITION = 25
const LENGTH = 0.9

/**
 * Scores how well a title matches the typed text: each letter in its order counts, and more for letters in a row.
 * @returns 0 when the letters are not all there
 */
export function score(query: string, title: string): number {
  const [letters, text] = [bare(query), bare(title)]
  let [found, run, sum, first] = [0, 0, 0, 0]
  for (let at = 0; at < text.length && found < letters.length; at++) {
    if (text[at] === letters[found]) {
      if (found === 0) first = at
      found++
      run++
      sum += run
    } else run = 0
  }

  if (found < letters.length || letters.length === 0) return 0
  const length = LENGTH * (1 - Math.abs(text.length - letters.length) / Math.max(text.length, letters.length))
  const contained = plain(title).toLowerCase().includes(plain(query).toLowerCase()) ? CONTAINED : 0
  return contained + sum + length - POSITION * Math.min(first, MAX_POSITION)
}

/** Letters and digits alone, in lower case. */
function bare(text: string): string {
  return plain(text)
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
}
