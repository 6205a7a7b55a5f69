import {createHash} from 'node:crypto'
import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs'
import {join} from 'node:path'

import {isLogFile} from '../../src/lib/files/names.js'

/** What a graph directory holds, byte for byte, without the logs: the hash of each file, `directory` for a directory. */
export function contentsOf(dir: string): Record<string, string> {
  const names = existsSync(dir) ? readdirSync(dir).filter((name) => !isLogFile(name)) : []
  return Object.fromEntries(names.sort().map((name) => [name, hashOf(join(dir, name))]))
}

function hashOf(path: string): string {
  return statSync(path).isDirectory() ? 'directory' : createHash('sha256').update(readFileSync(path)).digest('hex')
}
