/** Maximum number of typos for a suggestion. */
const MOST_SLIPS = 3

/**
 * Returns the known name that was probably mistyped as the given one, with at most one typo per three letters. A typo
 * is an extra, missing or wrong letter, or two swapped ones. Case is ignored.
 */
export function nearest(given: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => [...text.normalize('NFC').toLowerCase()]
  const wanted = plain(given)
  let best: string | undefined
  let bestSlips = Math.min(MOST_SLIPS, Math.floor(wanted.length / 3)) + 1
  for (const name of known) {
    const letters = plain(name)
    if (Math.abs(letters.length - wanted.length) >= bestSlips) continue
    const count = slips(wanted, letters)
    if (count < bestSlips) [best, bestSlips] = [name, count]
  }

  return best
}

/** Returns the suggestion that ends a message; empty without one. */
export function didYouMean(name: unknown): string {
  return name === undefined ? '' : `; did you mean ${String(name)}?`
}

/** Computes the optimal string alignment: the Levenshtein distance where swapped neighbours count once. */
function slips(a: readonly string[], b: readonly string[]): number {
  let [before, last]: [number[], number[]] = [[], Array.from({length: b.length + 1}, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(
        Math.min(
          last[j]! + 1,
          row[j - 1]! + 1,
          last[j - 1]! + (same ? 0 : 1),
          swapped ? before[j - 2]! + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }

    ;[before, last] = [last, row]
  }

  return last[b.length]!
}
