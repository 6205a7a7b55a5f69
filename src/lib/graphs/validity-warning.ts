import {shellQuote} from '../shell-quote.js'

/** Returns the warning of an import whose graph has entities that Logseq would not accept. */
export function invalidWarning(count: number, graph: string): string {
  const what = count === 1 ? '1 entity of this graph breaks' : `${count} entities of this graph break`
  return `${what} Logseq’s rules: see \`logseq graph check --validity --repo ${shellQuote(graph)}\``
}
