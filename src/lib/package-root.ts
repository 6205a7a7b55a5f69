import {existsSync, readFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'

/** Directory of this package: the nearest one above this file, bundled or not, that has a package.json. */
export const PACKAGE_ROOT = findRoot(dirname(fileURLToPath(import.meta.url)))

function findRoot(dir: string): string {
  return existsSync(join(dir, 'package.json')) || dirname(dir) === dir ? dir : findRoot(dirname(dir))
}

const {version} = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as {version: string}

/** Build of this program. Servers publish theirs in their record. */
export const REVISION = version

/** What is known of how this package was built; nothing in a source tree that was not. */
export interface BuildInfo {
  /** ISO 8601 */
  time?: string
}

/** Reads what the build has noted of itself. */
export function buildInfo(): BuildInfo {
  const path = join(PACKAGE_ROOT, 'dist', 'bundle', 'build.json')
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as BuildInfo) : {}
}
