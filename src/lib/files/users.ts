/** Returns the name of a user for messages, or the number if the name is unknown. */
export function userName(uid: number): string {
  // Loaded on demand, because few runs need it.
  const {execFileSync} = process.getBuiltinModule('node:child_process')
  try {
    return execFileSync('id', ['-un', String(uid)], {encoding: 'utf8', stdio: 'pipe', timeout: 1000}).trim()
  } catch {
    return `uid ${uid}` // a deleted user, or one of another container
  }
}
