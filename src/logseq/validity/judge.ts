import type {Database} from '../../engine/database.js'
import {DB} from '../../engine/idents.js'
import {Keyword, keyword} from '../../values/scalars.js'
import type {Value} from '../../values/types.js'
import {Classes, type Entity, identOf, PAGE_CLASSES, readEntity, valueOf} from './entity.js'
import {isAnyProperty} from './idents.js'
import {faultsOfValues, type Judging, type Property, readProperty} from './property-types.js'
import {type Kind, PROPERTIES, propertyShape, type Shape, SHAPES, STRUCTURAL, TAGS} from './shapes.js'
import type {ValueTest} from './value-tests.js'

/** One thing that is wrong with an entity. */
export interface Fault {
  attribute: Keyword
  /** The shape that asks for the attribute, or does not allow it. */
  label?: string
  /** The property whose value it is; then `attribute` is `:block/properties`. */
  property?: Keyword
  /** The broken rule, in Logseq's words. */
  rule: string
  value?: Value
}

/** The faults of an entity. */
export interface Verdict {
  e: number
  entity: Entity
  faults: readonly Fault[]
  /** Undefined when the entity is of no kind that Logseq knows. */
  kind: Kind | undefined
}

const BUILT_IN = keyword('logseq.property/built-in?')

/** Temporary attributes of Logseq, which are not judged. */
const PASSING: ReadonlySet<Keyword> = new Set(
  ['block.temp/load-status', 'block.temp/has-children?'].map((name) => keyword(name)),
)

/** Judges the entities of one state of a graph. */
export class Judge {
  readonly #judging: Judging
  readonly #properties = new Map<Keyword, Property | undefined>()

  /**
   * @param options `whole`: as the check of a whole graph judges, which knows which attributes each kind has;
   * `withChoices`: the value of a property with choices has to be one of them
   */
  constructor(db: Database, options: {whole?: boolean; withChoices?: boolean} = {}) {
    this.#judging = {
      classes: new Classes(db),
      db,
      whole: options.whole ?? false,
      withChoices: options.withChoices ?? false,
    }
  }

  /** @returns undefined when nothing is wrong with the entity, or nothing is said of it */
  judge(e: number): undefined | Verdict {
    const entity = readEntity(this.#judging.db, e)
    if (entity.facts.size === 0) return undefined
    const kind = this.#judging.classes.kindOf(entity)
    const faults = kind === undefined ? [unknownKind()] : this.#faultsOf(entity, kind)
    return faults.length > 0 ? {e, entity, faults, kind} : undefined
  }

  kindOf(e: number): Kind | undefined {
    return this.#judging.classes.kindOf(readEntity(this.#judging.db, e))
  }

  /** The property whose value an attribute holds. @returns undefined when it holds none */
  propertyOf(attribute: Keyword): Property | undefined {
    if (!this.#properties.has(attribute)) {
      const isOne = !STRUCTURAL.has(attribute) && isAnyProperty(attribute)
      this.#properties.set(attribute, isOne ? readProperty(this.#judging, attribute) : undefined)
    }

    return this.#properties.get(attribute)
  }

  #faultsOf(entity: Entity, kind: Kind): Fault[] {
    const shapes = kind === 'property' ? [propertyShape(identOf(entity))] : SHAPES[kind]
    const shared = [...this.#tagFaults(entity), ...this.#propertyFaults(entity)]
    const own = shapes.map((shape) => [
      ...this.#shapeFaults(entity, shape),
      ...shared.filter(({attribute}) => shape.optional.has(attribute)),
    ])
    return own.some((faults) => faults.length === 0) ? [] : own.flat()
  }

  #shapeFaults({facts}: Entity, shape: Shape): Fault[] {
    const {label} = shape
    const faults: Fault[] = []
    for (const [attribute, test] of shape.required) {
      const values = facts.get(attribute)
      if (values === undefined) faults.push({attribute, ...labelled(label), rule: 'missing required key'})
      else addFailing(faults, attribute, test, values)
    }

    for (const [attribute, test] of shape.optional) {
      const values = attribute === TAGS ? undefined : facts.get(attribute)
      if (values !== undefined) addFailing(faults, attribute, test, values)
    }

    if (shape.anyOf) {
      const passes = shape.anyOf.some(([a, test]) => facts.get(a)?.every((value) => test.passes(value)) ?? false)
      const [attribute] = shape.anyOf.at(-1)!
      if (!passes) faults.push({attribute, ...labelled(label), rule: 'missing required key'})
    }

    return this.#judging.whole ? [...faults, ...this.#disallowed(facts, shape)] : faults
  }

  #disallowed(facts: Entity['facts'], shape: Shape): Fault[] {
    const faults: Fault[] = []
    let hasProperties = false
    for (const [attribute, values] of facts) {
      if (PASSING.has(attribute)) continue
      if (this.propertyOf(attribute) !== undefined) {
        hasProperties = true
        continue
      }

      const isKnown =
        shape.required.has(attribute) || shape.optional.has(attribute) || shape.anyOf?.some(([a]) => a === attribute)
      if (!isKnown)
        faults.push({
          attribute,
          ...labelled(shape.label),
          rule: 'disallowed key',
          ...(values[0] !== undefined && {value: values[0]}),
        })
    }

    if (hasProperties && !shape.optional.has(PROPERTIES))
      faults.push({attribute: PROPERTIES, ...labelled(shape.label), rule: 'disallowed key'})
    return faults
  }

  #tagFaults(entity: Entity): Fault[] {
    const tags = entity.facts.get(TAGS) ?? []
    if (tags.length === 0) return []
    const {classes, db} = this.#judging
    const faults: Fault[] = []
    for (const tag of tags) {
      if (typeof tag !== 'number' || !classes.isTagged(tag, 'Tag'))
        faults.push({attribute: TAGS, rule: 'should be a Class', value: tag})
    }

    if (valueOf(entity, BUILT_IN) === true && tags.length > 1)
      faults.push({attribute: TAGS, rule: 'should only have one tag for a built-in entity'})
    const page = classes.id('Page')
    const others = new Set(
      PAGE_CLASSES.map((ident) => db.first(undefined, DB.ident, ident)?.e).filter((id) => id !== page),
    )
    if (page !== undefined && tags.includes(page) && tags.some((tag) => others.has(tag as number)))
      faults.push({attribute: TAGS, rule: 'should not have other built-in page tags when tagged with #Page'})
    return faults
  }

  #propertyFaults({facts}: Entity): Fault[] {
    const faults: Fault[] = []
    for (const [attribute, values] of facts) {
      const property = this.propertyOf(attribute)
      if (property === undefined) continue
      for (const {message, value} of faultsOfValues(this.#judging, property, values))
        faults.push({attribute: PROPERTIES, property: attribute, rule: message, value})
    }

    return faults
  }
}

function addFailing(faults: Fault[], attribute: Keyword, test: ValueTest, values: readonly Value[]): void {
  const wrong = values.find((value) => !test.passes(value))
  if (wrong !== undefined) faults.push({attribute, rule: test.message, value: wrong})
}

function labelled(label: string | undefined): {label?: string} {
  return label === undefined ? {} : {label}
}

function unknownKind(): Fault {
  return {attribute: DB.id, rule: 'invalid dispatch value'}
}
