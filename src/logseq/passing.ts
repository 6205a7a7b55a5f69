import {type Keyword, keyword} from '../values/scalars.js'

const PASSING: ReadonlySet<Keyword> = new Set(
  [
    ...['anchor', 'bottom?', 'children', 'container', 'level', 'meta', 'top?', 'unordered'].map(
      (name) => `block/${name}`,
    ),
    'db/other-tx',
  ].map((name) => keyword(name)),
)

/** Returns true for an attribute that clients of Logseq keep with a block for themselves: it is not stored. */
export function isPassing(a: Keyword): boolean {
  return a.namespace === 'block.temp' || PASSING.has(a)
}
