import {keyword} from '../../values/scalars.js'
import {A} from '../attributes.js'
import {identOf} from '../entities.js'
import {type Entity, valueOf} from '../validity/entity.js'

const named = (...names: string[]): ReadonlySet<unknown> =>
  new Set(names.map((name) => keyword(`logseq.class/${name}`)))

/** The classes that make the graph work: their pages are not listed. */
const INTERNAL = named('Root', 'Tag', 'Property', 'Page', 'Asset')

/** The classes that nobody tags by hand, beside the internal ones. */
const PRIVATE = named('Journal', 'Whiteboard', 'Pdf-annotation')

/** The built-in classes that others may extend. */
const EXTENDABLE = named('Root', 'Page', 'Property', 'Task', 'Card')

/** Returns whether a class is of the schema itself. */
export function isInternalClass(entity: Entity): boolean {
  return INTERNAL.has(identOf(entity))
}

/** Returns whether nobody may tag with a class by hand. */
export function isPrivateClass(entity: Entity): boolean {
  return isInternalClass(entity) || PRIVATE.has(identOf(entity))
}

/** Returns whether other classes may extend a class. */
export function mayBeExtended(entity: Entity): boolean {
  return valueOf(entity, A.builtIn) !== true || EXTENDABLE.has(identOf(entity))
}

/** Is a property offered to people? Those of users are; built-in ones say so, or at least do not hide. */
export function isOffered(property: Entity): boolean {
  const isPublic = valueOf(property, A.public)
  return isPublic === true || (isPublic === undefined && valueOf(property, A.hide) !== true)
}
