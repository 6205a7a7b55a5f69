import {readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {gunzipSync} from 'node:zlib'

const GRAPHS = fileURLToPath(new URL('../fixtures/graphs', import.meta.url))
const SUFFIX = '.sqlite.gz'

/** Names of the graphs that other programs wrote, Logseq itself among them: see test/fixtures/graphs/README.md. */
export function graphFixtures(): string[] {
  return readdirSync(GRAPHS)
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => name.slice(0, -SUFFIX.length))
}

/**
 * Writes a copy of one of them.
 * @param path of the database file to be
 */
export function unpackGraph(name: string, path: string): void {
  writeFileSync(path, gunzipSync(readFileSync(join(GRAPHS, name + SUFFIX))))
}
