/** Names of copies that are being written: `NAME.1a2b3c4d.part`, renamed when they are complete; earlier without the digits. */
const PART = /^.+(?:\.[\da-f]{8}|\.sqlite)\.part$/

/** Returns true for the name of a file that an export or a backup is writing, or was. */
export function isPartFile(name: string): boolean {
  return PART.test(name)
}
