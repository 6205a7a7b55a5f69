// Read by every Node.js from 12.17 on: old syntax, no imports.

/** The oldest Node.js that can run this package: `engines` of package.json. A test compares them. */
const REQUIRED = [20, 19] as const

/** The oldest one inside Electron, where the desktop app runs the command line: Electron 33 has 20.18. */
const REQUIRED_IN_ELECTRON = [20, 18] as const

/** Says that this Node.js is too old, as the command line and the server say an error. */
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
