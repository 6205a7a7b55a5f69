/**
 * Runs every check that is not a test: each is an npm script of its own, and `lint` checks types, too. Two at a time; what
 * a check has to say is shown when it fails.
 *
 *     node scripts/check.js            all of them
 *     node scripts/check.js lint deps  these
 */
import {spawn} from 'node:child_process'

const CHECKS = ['lint', 'format', 'deps', 'unused', 'package', 'manifest:check']
const AT_A_TIME = 2

const waiting = process.argv.length > 2 ? process.argv.slice(2) : [...CHECKS]
const failed = []
await Promise.all(Array.from({length: AT_A_TIME}, takeTurns))
if (failed.length > 0) {
  console.error(`\nfailed: ${failed.join(', ')}`)
  process.exitCode = 1
}

async function takeTurns() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const began = performance.now()
    const {code, output} = await run(name)
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`)
    if (code === 0) continue
    failed.push(name)
    console.error(output.replaceAll(/^/gm, '  '))
  }
}

function run(name) {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', ['run', '--silent', name], {stdio: ['ignore', 'pipe', 'pipe']})
    const chunks = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stderr.on('data', (chunk) => chunks.push(chunk))
    child.on('error', reject)
    child.on('close', (code) => resolve({code, output: Buffer.concat(chunks).toString('utf8')}))
  })
}
