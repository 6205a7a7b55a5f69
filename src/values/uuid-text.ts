/** The text of a UUID, for patterns: 8, 4, 4, 4 and 12 hexadecimal digits. */
export const UUID_PATTERN = String.raw`[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}`

const WHOLE = new RegExp(`^${UUID_PATTERN}$`, 'i')

/** Returns whether a text is that of a UUID. */
export function isUuidText(text: string): boolean {
  return WHOLE.test(text)
}
