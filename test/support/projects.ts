import {execFile} from 'node:child_process'
import {createHash} from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {lock} from 'proper-lockfile'

import {cleanEnv} from './sandbox.js'

/** This package, as it lies here. */
export const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))

const MODULES = join(PACKAGE, 'node_modules')
const TARBALLS = join(MODULES, '.cache/tarballs')

/** Writes the files of a project: its package.json as an object, any other as text. */
export function writeProject(dir: string, files: Record<string, object | string>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(dir, name)
    mkdirSync(dirname(path), {recursive: true})
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, undefined, 2))
  }
}

/** Puts a link to a directory into the node_modules of a project. */
export function link(project: string, name: string, target: string): void {
  const path = join(project, 'node_modules', name)
  mkdirSync(dirname(path), {recursive: true})
  symlinkSync(target, path)
}

/** Gives a project packages that are installed here. */
export function linkInstalled(project: string, names: readonly string[]): void {
  for (const name of names) link(project, name, join(MODULES, name))
}

let packed: Promise<string> | undefined

/** Packs this package, once for a build: that takes npm two seconds. @returns path of the tarball */
function tarball(): Promise<string> {
  packed ??= pack()
  return packed
}

async function pack(): Promise<string> {
  const path = join(TARBALLS, `${stateOfPackage()}.tgz`)
  mkdirSync(TARBALLS, {recursive: true})
  // Other test files, in other processes, need the same one at the same time.
  const release = await lock(TARBALLS, {
    retries: {factor: 1, maxTimeout: 100, minTimeout: 100, retries: 600},
    stale: 30_000,
  })
  try {
    if (existsSync(path)) return path
    const dir = join(TARBALLS, 'new')
    for (const name of readdirSync(TARBALLS)) rmSync(join(TARBALLS, name), {force: true, recursive: true})
    mkdirSync(dir)
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', dir]
    const [{filename}] = JSON.parse(await runProgram('npm', args, PACKAGE)) as [{filename: string}]
    renameSync(join(dir, filename), path)
    return path
  } finally {
    await release()
  }
}

/** Stands for all files that npm may pack: it differs as soon as one of them has been written. */
function stateOfPackage(): string {
  const hash = createHash('sha256')
  const tops = readdirSync(PACKAGE).filter((top) => !top.startsWith('.') && top !== 'node_modules' && top !== 'test')
  for (const top of tops) {
    const isDirectory = statSync(join(PACKAGE, top)).isDirectory()
    const within = isDirectory ? readdirSync(join(PACKAGE, top), {encoding: 'utf8', recursive: true}) : []
    for (const name of [top, ...within.map((each) => join(top, each))]) {
      const {ino, mtimeMs, size} = statSync(join(PACKAGE, name), {throwIfNoEntry: false}) ?? {}
      hash.update(JSON.stringify([name, ino, mtimeMs, size]))
    }
  }

  return hash.digest('hex').slice(0, 16)
}

/** Returns the paths of the files in the tarball. */
export async function packedFiles(): Promise<Set<string>> {
  const names = await runProgram('tar', ['-tzf', await tarball()], PACKAGE)
  return new Set(
    names
      .trim()
      .split('\n')
      .map((name) => name.replace('package/', '')),
  )
}

/**
 * Installs this package in a project as npm would: from its tarball, with the packages that it names and no others.
 * @returns its directory
 */
export async function installTarball(project: string): Promise<string> {
  const installed = join(project, 'node_modules', 'logseq-server')
  mkdirSync(join(project, 'node_modules', '.bin'), {recursive: true})
  await runProgram('tar', ['-xf', await tarball()], project)
  renameSync(join(project, 'package'), installed)
  symlinkSync('../logseq-server/bin/run.js', join(project, 'node_modules', '.bin', 'logseq'))
  const {dependencies} = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {dependencies: object}
  linkInstalled(project, Object.keys(dependencies))
  return installed
}

/** Home of the programs: not their directory, which may be this package, where npm would leave its cache. */
const HOME = join(MODULES, '.cache/home')

/** Runs a program to its end. Fails with what it printed when it does not succeed. */
export async function runProgram(command: string, args: readonly string[], cwd: string): Promise<string> {
  mkdirSync(HOME, {recursive: true})
  const {stdout} = await promisify(execFile)(command, args, {cwd, env: {...cleanEnv(), HOME}}).catch(
    (error: {stderr: string; stdout: string} & Error) => {
      throw new Error(`${error.message}\n${error.stdout}${error.stderr}`)
    },
  )
  return stdout
}

/** Compiles a project in which this package is installed. Fails where a type is wrong, in it or in a declaration of this package. */
export async function compile(project: string): Promise<void> {
  await runProgram(process.execPath, [join(PACKAGE, 'test/fixtures/programs/compile.js')], project)
}
