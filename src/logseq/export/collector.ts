import type {ExecutionContext} from '../../engine/task.js'
import {present} from '../../values/present.js'
import {type Keyword, Uuid} from '../../values/scalars.js'
import type {ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {type Entities, identOf} from '../entities.js'
import {TITLE_REF} from '../title-refs.js'
import {type Entity, valueOf} from '../validity/entity.js'
import {K} from './keys.js'

/** Options for the export of nodes. */
export interface ExportStyle {
  /** Pages as values are named by their uuids, since they are all exported. */
  pagesByUuid: boolean
  /** With `:block/created-at` and `:block/updated-at`. */
  timestamps: boolean
}

/** Collects what the nodes of one export use and refer to, so that it is exported, too. */
export class Collector {
  /** User classes, by their idents. */
  readonly classes = new Map<Keyword, Entity>()
  /** Number of blocks around the one that is being exported. */
  depth = 0
  readonly entities: Entities
  /** Nodes that have been exported whole, by entity. */
  readonly nodes = new Map<number, ValueMap>()
  readonly execution: ExecutionContext
  /** User properties, by their idents. */
  readonly properties = new Map<Keyword, Entity>()
  /** Entities that something in the export refers to by uuid. */
  readonly references = new Set<number>()
  readonly style: ExportStyle

  constructor(entities: Entities, style: ExportStyle, execution: ExecutionContext) {
    this.entities = entities
    this.execution = execution
    this.style = style
  }

  /** Notes that something refers to an entity by its uuid. @returns the reference; undefined when it has no uuid */
  refer(entity: Entity): readonly [Keyword, Uuid] | undefined {
    const uuid = valueOf(entity, A.uuid)
    if (!(uuid instanceof Uuid)) return undefined
    this.use(entity)
    this.references.add(entity.e)
    // A block of a definition stands on a page that is named by its uuid.
    const page = entity.facts.has(A.choiceOf) ? undefined : valueOf(entity, A.page)
    if (typeof page === 'number' && this.entities.isDefinition(this.entities.get(page)))
      this.refer(this.entities.get(page))
    return [A.uuid, uuid]
  }

  /** Notes what a text refers to. */
  referFrom(text: string): void {
    if (!text.includes('[[')) return
    for (const [, uuid] of text.matchAll(TITLE_REF)) {
      const e = this.entities.db.first(undefined, A.uuid, new Uuid(present(uuid)))?.e
      if (e !== undefined) this.refer(this.entities.get(e))
    }
  }

  /** Notes that a class or property of a user is used. Logseq's own are in each graph. */
  use(entity: Entity): void {
    const ident = identOf(entity)
    if (ident === null || valueOf(entity, A.builtIn) === true) return
    if (this.entities.isTagged(entity, 'Property')) this.properties.set(ident, entity)
    else if (this.entities.isTagged(entity, 'Tag')) this.classes.set(ident, entity)
  }

  /** Notes that the property of an attribute is used. @returns undefined when it is not a property */
  useProperty(attribute: Keyword): Entity | undefined {
    const e = this.entities.idOf(attribute)
    if (e === undefined) return undefined
    const property = this.entities.get(e)
    this.use(property)
    return property
  }

  /** Gives everything that was exported whole, and that something refers to, the uuid that it is referred to by. */
  keepUuids(): void {
    for (const e of this.references) {
      const node = this.nodes.get(e)
      const uuid = this.entities.get(e).facts.get(A.uuid)?.[0]
      if (node && uuid !== undefined) node.set(A.uuid, uuid).set(K.keepUuid, true)
    }
  }

  /** The times of an entity, where they are asked for. */
  addTimes(map: ValueMap, {facts}: Entity): void {
    if (!this.style.timestamps) return
    for (const a of [A.createdAt, A.updatedAt]) {
      const at = facts.get(a)?.[0]
      if (at !== undefined) map.set(a, at)
    }
  }
}
