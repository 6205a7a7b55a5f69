import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {gunzipSync} from 'node:zlib'

const COMMITTED = fileURLToPath(new URL('../fixtures/graphs', import.meta.url))
/** Where larger graphs are, beside the repository, for those who have them. */
export const SHARED_GRAPHS = fileURLToPath(new URL('../../../shared/fixtures/graphs', import.meta.url))

/** Graphs that real code wrote. The larger ones are beside the repository, where they are at all. */
export function graphFixtures(): string[] {
  const shared = existsSync(SHARED_GRAPHS) ? readdirSync(SHARED_GRAPHS).filter((name) => name.endsWith('.sqlite')) : []
  if (shared.length === 0) console.log(`      only the committed graphs: ${SHARED_GRAPHS} is not there`)
  return [...readdirSync(COMMITTED).filter((name) => name.endsWith('.sqlite.gz')), ...shared].map((name) =>
    name.replace(/\.sqlite(\.gz)?$/, ''),
  )
}

/**
 * Writes a copy of one of them.
 * @param path of the database file to be
 */
export function unpackGraph(name: string, path: string): void {
  const committed = join(COMMITTED, `${name}.sqlite.gz`)
  writeFileSync(
    path,
    existsSync(committed) ? gunzipSync(readFileSync(committed)) : readFileSync(join(SHARED_GRAPHS, `${name}.sqlite`)),
  )
}
