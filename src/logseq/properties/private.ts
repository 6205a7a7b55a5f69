import {keyword} from '../../values/scalars.js'
import {A} from '../attributes.js'
import {identOf} from '../entities.js'
import {type Entity, valueOf} from '../validity/entity.js'

const named = (...names: string[]): ReadonlySet<unknown> =>
  new Set(names.map((name) => keyword(`logseq.class/${name}`)))

/** The classes that make the graph work: their pages are not listed. */
const INTERNAL = named('Root', 'Tag', 'Property', 'Page', 'Asset')

/** The classes that a person cannot use as tags, beside the internal ones. */
const PRIVATE = named('Journal', 'Whiteboard', 'Pdf-annotation')

/** The built-in classes that others may extend. */
const EXTENDABLE = named('Root', 'Page', 'Property', 'Task', 'Card')

/** Returns whether a class is of the schema itself. */
export function isInternalClass(entity: Entity): boolean {
  return INTERNAL.has(identOf(entity))
}

/** Returns true if a person cannot use a class as a tag. */
export function isPrivateClass(entity: Entity): boolean {
  return isInternalClass(entity) || PRIVATE.has(identOf(entity))
}

/** Returns whether other classes may extend a class. */
export function mayBeExtended(entity: Entity): boolean {
  return valueOf(entity, A.builtIn) !== true || EXTENDABLE.has(identOf(entity))
}

/** Returns true if a property is offered to people: one of a user, or a built-in one that is public or not hidden. */
export function isOffered(property: Entity): boolean {
  const isPublic = valueOf(property, A.public)
  return isPublic === true || (isPublic === undefined && valueOf(property, A.hide) !== true)
}
