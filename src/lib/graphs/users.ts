/** The name of a user, for messages; the number where the system knows none. */
export function userName(uid: number): string {
  // Loaded here, for hardly any run needs it.
  const {execFileSync} = process.getBuiltinModule('node:child_process')
  try {
    return execFileSync('id', ['-un', String(uid)], {encoding: 'utf8', stdio: 'pipe', timeout: 1000}).trim()
  } catch {
    return `uid ${uid}` // a user that was deleted, or one of another container
  }
}
