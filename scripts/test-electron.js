/**
 * Runs the tests of the example app in a real Electron: that of ELECTRON_PATH, or the one that get-electron.js fetches, on
 * the display there is, or on one of its own (Xvfb). Where there is none, it says why, and is content.
 *
 *     node scripts/test-electron.js [MOCHA ARGUMENTS]
 */
import {execFileSync, spawn, spawnSync} from 'node:child_process'
import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const electron = findElectron()
const display = electron && (await findDisplay())
if (display) {
  const args = [
    join(root, 'node_modules', 'mocha', 'bin', 'mocha.js'),
    'test/app/**/*.test.ts',
    ...process.argv.slice(2),
  ]
  const env = {...process.env, DISPLAY: display.name, ELECTRON_PATH: electron}
  process.exitCode = spawnSync(process.execPath, args, {cwd: root, env, stdio: 'inherit'}).status ?? 1
  display.server?.kill()
}

function findElectron() {
  const given = process.env.ELECTRON_PATH
  if (given !== undefined && !existsSync(given)) throw new Error(`ELECTRON_PATH: there is no ${given}`)
  try {
    const get = [join(root, 'scripts', 'get-electron.js')]
    const path =
      given ?? execFileSync(process.execPath, get, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']}).trim()
    // A library of the system that it needs and that is not there shows here.
    execFileSync(path, ['-e', '0'], {
      env: {...process.env, ELECTRON_RUN_AS_NODE: '1'},
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    return path
  } catch (error) {
    return skip(`Electron is not available: ${error.stderr || error.message}`)
  }
}

async function findDisplay() {
  if (process.env.DISPLAY || process.platform !== 'linux') return {name: process.env.DISPLAY}
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const number = await new Promise((resolve) => {
    server.on('error', () => resolve())
    server.on('exit', () => resolve())
    server.stdio[3].once('data', (text) => resolve(String(text).trim()))
  })
  return number === undefined ? skip('there is no display, and no Xvfb to make one') : {name: `:${number}`, server}
}

function skip(why) {
  console.log(`test:electron is skipped: ${why}`)
}
