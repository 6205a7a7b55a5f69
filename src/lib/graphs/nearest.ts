import {distance} from 'fastest-levenshtein'

/** The known name most like the given one, or undefined when none is close enough to be a slip of the pen. */
export function nearest(given: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.normalize('NFC').toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(given.length / 2)) + 1
  for (const name of known) {
    const d = distance(plain(given), plain(name))
    if (d < bestDistance) [best, bestDistance] = [name, d]
  }

  return best
}
