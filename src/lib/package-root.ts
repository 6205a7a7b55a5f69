import {existsSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'

/** Directory of this package: the nearest one above this file, bundled or not, that has a package.json. */
export const PACKAGE_ROOT = findRoot(import.meta.dirname)

function findRoot(dir: string): string {
  return existsSync(join(dir, 'package.json')) || dirname(dir) === dir ? dir : findRoot(dirname(dir))
}

const {version} = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as {version: string}

/** Notes of the build; empty in a source tree that was not built. */
export const BUILD = readBuildInfo(join(PACKAGE_ROOT, 'dist', 'bundle', 'build.json'))

/** Build ID of this program: version, and commit where it is known. Servers publish theirs in their record. */
export const REVISION = BUILD.commit === undefined ? version : `${version}+${BUILD.commit}`

function readBuildInfo(path: string): {commit?: string; time?: string} {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as {commit?: string; time?: string}) : {}
}
