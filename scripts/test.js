/**
 * Runs the tests: many files side by side, then those that need a quiet machine one by one. Prints what failed and, as
 * the last line, the totals. Most of a test's time is spent waiting for other processes, so more files run than there are cores.
 *
 *     node scripts/test.js                      every test but those of test/long and test/app
 *     node scripts/test.js --checks             the same, and beside them the checks of scripts/check.js
 *     node scripts/test.js unit                 those that start no program of this package: about 0.6 min
 *     node scripts/test.js test/lib test/cli    those of some folders
 *     node scripts/test.js --times              prints the slowest files, too
 */
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {availableParallelism, tmpdir} from 'node:os'
import {join, relative} from 'node:path'
import {fileURLToPath} from 'node:url'

import {UNIT_FOLDERS} from './unit-folders.js'

/** They measure how long one thing may keep others waiting: beside other tests they would measure those. */
const QUIET = new Set(['test/contract/speed.test.ts', 'test/engine/query/fairness.test.ts'])

/** The slowest files, those that wait beside those that compute; so that none of them is the last one to begin. */
const FIRST = [
  'e2e/desktop',
  'contract/bundle',
  'e2e/lease',
  'server/http/attacks',
  'e2e/idle',
  'contract/every-command',
  'e2e/planted-files',
  'e2e/query',
  'e2e/interlock',
  'e2e/records',
  'e2e/graph-',
  'e2e/damage',
  'e2e/races',
  'e2e/stop',
  'e2e/backups',
  'e2e/',
  'contract/',
  'server/',
]

const ELSEWHERE = /^test\/(?:app|fixtures|long)\//

const root = fileURLToPath(new URL('..', import.meta.url))
const totals = mkdtempSync(join(tmpdir(), 'logseq-server-totals-'))
const options = new Set(process.argv.slice(2).filter((word) => word.startsWith('--')))
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const named = words.flatMap((name) => (name === 'unit' ? UNIT_FOLDERS : [name.replace(/\/+$/, '')]))
const files = testFiles().filter(
  (file) => named.length === 0 || named.some((name) => `${file}/`.startsWith(`${name}/`)),
)
const quiet = files.filter((file) => QUIET.has(file))
const others = files.filter((file) => !QUIET.has(file)).sort((a, b) => rank(a) - rank(b))
const jobs = String(2 * availableParallelism())

const work = [() => mocha(['--parallel', '--jobs', jobs], others), ...(options.has('--checks') ? [runChecks] : [])]
const statuses = await Promise.all(work.map((start) => start()))
statuses.push(await mocha([], quiet))
const sums = {failures: 0, passes: 0, pending: 0}
const failed = []
const times = []
for (const name of readdirSync(totals)) {
  const stats = JSON.parse(readFileSync(join(totals, name), 'utf8'))
  for (const key of Object.keys(sums)) sums[key] += stats[key]
  failed.push(...stats.failed)
  times.push(...Object.entries(stats.times))
}

rmSync(totals, {recursive: true})
const {failures, passes, pending} = sums
if (options.has('--times')) printSlowest()
for (const failure of failed) console.log(`failed: ${failure}`)
console.log(`${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ''}`)
process.exitCode = files.length === 0 ? 1 : Math.max(...statuses)

function testFiles() {
  return readdirSync(join(root, 'test'), {recursive: true})
    .map((name) => `test/${name.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.test.ts') && !ELSEWHERE.test(file))
    .sort()
}

function rank(file) {
  const place = FIRST.findIndex((name) => file.startsWith(`test/${name}`))
  return place === -1 ? FIRST.length : place
}

/** Prints the files whose tests and hooks took longest, in seconds. */
function printSlowest() {
  const slowest = times.sort(([, a], [, b]) => b - a).slice(0, 40)
  for (const [file, ms] of slowest) console.log(`${(ms / 1000).toFixed(1).padStart(7)} s  ${relative(root, file)}`)
}

/** Runs the checks. At the tests' own priority: the longest of them ends with the tests, and not alone after them. @returns their exit status */
async function runChecks() {
  const child = spawn(process.execPath, [join(root, 'scripts/check.js')], {cwd: root, stdio: 'inherit'})
  const [status] = await once(child, 'exit')
  return status ?? 1
}

/** Runs mocha on some files. @returns its exit status; 0 where there are none */
async function mocha(options, paths) {
  if (paths.length === 0) return 0
  const program = join(root, 'node_modules/mocha/bin/mocha.js')
  const env = {...process.env, TEST_TOTALS: join(totals, `${options.length}.json`)}
  const [status] = await once(
    spawn(process.execPath, [program, ...options, ...paths], {cwd: root, env, stdio: 'inherit'}),
    'exit',
  )
  return status ?? 1
}
