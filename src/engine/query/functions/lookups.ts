import {present} from '../../../values/present.js'
import {Keyword} from '../../../values/scalars.js'
import type {Value} from '../../../values/types.js'
import type {Database} from '../../database.js'
import {forwardOf} from '../../reverse-attribute.js'
import {type Functions, wrongArgument} from './callable.js'

/** Functions that look into a graph. */
export const LOOKUPS: Functions = {
  'get-else': {
    kind: 'lookup',
    max: 4,
    min: 4,
    run([entity, attribute, otherwise = null], db) {
      if (otherwise === null) throw wrongArgument('a default value', null)
      return valueOf(db, entityIn(db, entity), attributeIn(attribute)) ?? otherwise
    },
  },
  'get-some': {
    kind: 'lookup',
    max: Number.POSITIVE_INFINITY,
    min: 3,
    run([entity, ...attributes], db) {
      const e = entityIn(db, entity)
      for (const attribute of attributes) {
        const value = valueOf(db, e, attributeIn(attribute))
        if (value !== undefined) return [present(attribute), value]
      }

      return null
    },
  },
  'missing?': {
    kind: 'lookup',
    max: 3,
    min: 3,
    run([entity, attribute], db) {
      const e = entityIn(db, entity)
      if (e === undefined) return true
      const forward = forwardOf(attributeIn(attribute))
      return (forward ? db.first(undefined, forward, e) : db.first(e, attributeIn(attribute))) === undefined
    },
  },
}

function entityIn(db: Database, entity: undefined | Value): number | undefined {
  if (typeof entity === 'number') return entity
  if (entity instanceof Keyword || Array.isArray(entity)) return db.entid(entity)
  throw wrongArgument('an entity', entity)
}

function attributeIn(attribute: undefined | Value): Keyword {
  if (!(attribute instanceof Keyword)) throw wrongArgument('a keyword as the attribute', attribute)
  return attribute
}

function valueOf(db: Database, e: number | undefined, attribute: Keyword): undefined | Value {
  return e === undefined ? undefined : db.first(e, attribute)?.v
}
