const UTF8 = new TextDecoder('utf8', {fatal: true, ignoreBOM: true})

/**
 * Decodes a text that SQLite was asked for as bytes (`CAST(... AS BLOB)`). A binding that reads texts itself
 * replaces bytes that are not UTF-8, and ends at the first NUL.
 * @returns undefined when the value is not bytes, or the bytes are not UTF-8
 */
export function textOf(bytes: unknown): string | undefined {
  if (!(bytes instanceof Uint8Array || bytes instanceof ArrayBuffer)) return undefined
  try {
    return UTF8.decode(bytes)
  } catch {
    return undefined // the caller names the place of the damage
  }
}
