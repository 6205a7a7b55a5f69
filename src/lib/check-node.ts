// Parsed by every Node.js from 12.17 on: old syntax, no imports.

/** Oldest Node.js that can run this package, as in `engines` of package.json. A test compares them. */
const REQUIRED = [20, 19] as const

/** Oldest Node.js inside Electron, where the desktop app runs the command line: Electron 33 has 20.18. */
const REQUIRED_IN_ELECTRON = [20, 18] as const

/** Prints the error of a Node.js that is too old, in the form of the command line and the server. */
export default function isTooOld(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const [oldestMajor, oldestMinor] = process.versions['electron'] ? REQUIRED_IN_ELECTRON : REQUIRED
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return false
  const required = `${oldestMajor}.${oldestMinor}`
  const error = {
    code: 'node-version-unsupported',
    message: `logseq-server needs Node.js ${required} or later, this is ${process.versions.node}`,
    hint: `Install Node.js ${required} or later, from https://nodejs.org.`,
  }
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({status: 'error', error})}\n`)
  else process.stderr.write(`Error (${error.code}): ${error.message}\nHint: ${error.hint}\n`)
  if (process.send) process.send({error}, () => process.disconnect())
  process.exitCode = 1
  return true
}
