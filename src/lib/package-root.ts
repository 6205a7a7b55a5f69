import {existsSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'

// Nothing here is read before it is needed: most commands need neither, and a few files read are a hundredth of their time.

let root: string | undefined
let info: BuildInfo | undefined
let revision: string | undefined

/** Notes of the build; empty in a source tree that was not built. */
interface BuildInfo {
  commit?: string
  time?: string
  version?: string
}

/** Returns the path of a file of this package, whose directory is the nearest one above this file, bundled or not, that has a package.json. */
export function packagePath(...parts: readonly string[]): string {
  root ??= findRoot(import.meta.dirname)
  return join(root, ...parts)
}

function findRoot(dir: string): string {
  return existsSync(join(dir, 'package.json')) || dirname(dir) === dir ? dir : findRoot(dirname(dir))
}

/** Returns the notes of the build. */
export function buildInfo(): BuildInfo {
  const path = packagePath('dist', 'bundle', 'build.json')
  info ??= existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as BuildInfo) : {}
  return info
}

/** Returns the build ID of this program: version, and commit where it is known. Servers publish theirs in their record. */
export function ownRevision(): string {
  revision ??= readRevision()
  return revision
}

function readVersion(): string {
  return (JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as {version: string}).version
}

function readRevision(): string {
  const {commit, version = readVersion()} = buildInfo()
  return commit === undefined ? version : `${version}+${commit}`
}
