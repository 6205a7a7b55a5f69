const UNITS = [
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const

/** Formats a time in ms for a person, in the largest unit without a fraction: `3 s`, `2 min`, else `1.5 s`, `500 ms`. */
export function timeText(ms: number): string {
  const [unit, size] = UNITS.find(([, each]) => ms >= each && ms % each === 0) ?? ['s', 1000]
  return ms < 1000 ? `${Math.round(ms)} ms` : `${Math.round((ms / size) * 10) / 10} ${unit}`
}
