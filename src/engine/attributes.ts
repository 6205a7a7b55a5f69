import {didYouMean, nearest} from '../lib/nearest.js'
import {Keyword} from '../values/scalars.js'
import {type Value, ValueMap} from '../values/types.js'
import type {Database} from './database.js'
import {DB} from './idents.js'
import {forwardOf} from './reverse-attribute.js'

/** Receives what is probably a mistake in a query, although it can be run. */
export type Warn = (message: string) => void

/** Warns of an attribute that a graph does not have, and names the nearest one that it has. */
export function checkAttribute(db: Database, attribute: Keyword, warn: Warn): void {
  const problem = attribute === DB.id ? undefined : unknownAttribute(db, attribute)
  if (problem !== undefined) warn(problem)
}

/** Describes an attribute that a graph does not have, with the nearest one; undefined if the graph has it. */
export function unknownAttribute(db: Database, attribute: Keyword): string | undefined {
  if (isKnown(db, attribute)) return undefined
  return `the graph has no attribute ${attribute}${didYouMean(nearestAttribute(db, attribute))}`
}

/** Warns of the same in a pattern, which has no reverse attributes. */
export function checkPatternAttribute(db: Database, attribute: Keyword, warn: Warn): void {
  const forward = forwardOf(attribute)
  if (forward && !isKnown(db, attribute) && isKnown(db, forward))
    warn(`${attribute} is not an attribute in a pattern: write [?x ${forward} ?y] with the places exchanged`)
  else checkAttribute(db, attribute, warn)
}

function isKnown(db: Database, attribute: Keyword): boolean {
  return isDescribed(db.schema.get(attribute)) || db.first(undefined, attribute) !== undefined
}

/** Every entity with an ident has an entry in the schema, which holds nothing but the ident for one that is not an attribute. */
function isDescribed(entry: undefined | Value): boolean {
  return entry instanceof ValueMap && !(entry.size === 1 && entry.has(DB.ident))
}

/** The known attribute that differs least: first in the whole name, else one of the same name in another namespace. */
export function nearestAttribute(db: Database, attribute: Keyword): Keyword | undefined {
  const known = [...db.schema.keys()].filter(
    (key): key is Keyword => key instanceof Keyword && isDescribed(db.schema.get(key)),
  )
  return nearestOf(attribute, known, ({fqn}) => fqn) ?? nearestOf(attribute, known, ({name}) => name)
}

/** The known ident that differs least. The schema has an entry for every entity with an ident. */
export function nearestIdent(db: Database, ident: Keyword): Keyword | undefined {
  const known = [...db.schema.keys()].filter((key) => key instanceof Keyword)
  return nearestOf(ident, known, ({fqn}) => fqn)
}

/** @param textOf the part of names that is compared */
function nearestOf(
  attribute: Keyword,
  known: readonly Keyword[],
  textOf: (one: Keyword) => string,
): Keyword | undefined {
  const texts = known.map((one) => textOf(one))
  const near = nearest(textOf(attribute), texts)
  return near === undefined ? undefined : known[texts.indexOf(near)]
}
