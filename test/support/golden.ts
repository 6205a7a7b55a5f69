import {readFileSync, writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {gunzipSync} from 'node:zlib'

const GOLDEN = fileURLToPath(new URL('../fixtures/golden/', import.meta.url))

/** One recorded call of Logseq's own code, with its result. */
export interface GoldenCase {
  graph: string
  input: Record<string, unknown>
  name: string
  /** Text of EDN for a function. */
  output: any
  setup?: unknown
}

/** Reads the recorded calls of a file, with or without `.gz`. */
export function goldenCases(file: string): GoldenCase[] {
  const bytes = readFileSync(`${GOLDEN}${file}`)
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as GoldenCase)
}

/** Writes a copy of a graph of the recorded calls. @param graph as a case names it: `lists-a.sqlite` */
export function unpackGolden(graph: string, path: string): void {
  writeFileSync(path, gunzipSync(readFileSync(`${GOLDEN}${graph}.gz`)))
}
