import {createRequire} from 'node:module'
import type transit from 'transit-js'

const load = createRequire(import.meta.url)

/** The library is loaded with the first transit body: most clients of the lifecycle never send one. */
function library(): typeof transit {
  return load('transit-js') as typeof transit
}

/**
 * Reads a transit array of arguments. Values that JSON does not have come as the library's own.
 * @throws the library's error for text that is not transit
 */
export function readTransit(text: string): unknown {
  return library().reader('json').read(text)
}

/** Writes plain data as transit: the keys of objects become keywords, as Logseq's clients expect. */
export function writeTransit(value: unknown): string {
  return library().writer('json').write(withKeywords(value))
}

function withKeywords(value: unknown): unknown {
  const {keyword, map} = library()
  if (Array.isArray(value)) return value.map((item) => withKeywords(item))
  if (typeof value !== 'object' || value === null) return value
  return map(Object.entries(value).flatMap(([key, item]) => [keyword(key), withKeywords(item)]))
}
