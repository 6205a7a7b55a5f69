import {allProperties} from '../../logseq/properties/all.js'
import {choices} from '../../logseq/properties/choices.js'
import {
  allClasses,
  classObjects,
  classProperties,
  classTree,
  structuredChildren,
} from '../../logseq/properties/classes.js'
import {propertyValues} from '../../logseq/properties/values.js'
import {properties as specs} from '../../protocol/methods/properties.js'
import {showEdn} from '../../values/edn-write.js'
import {Keyword, keyword} from '../../values/scalars.js'
import {implement} from './method.js'
import {reading} from './reading.js'

const PROPERTY = keyword('property-ident')

export const propertyMethods = implement(specs, {
  'thread-api/get-all-classes': reading((db, [options], execution) => allClasses(db, options, execution)),
  'thread-api/get-all-properties': reading((db, [options], execution) => allProperties(db, options, execution)),
  'thread-api/get-class-extends-children-tree': reading((db, [id], execution) => classTree(db, id, execution)),
  'thread-api/get-class-objects': reading((db, [id], execution) => classObjects(db, id, execution)),
  'thread-api/get-class-properties': reading((db, [id], execution) => classProperties(db, id, execution)),
  'thread-api/get-property-closed-values': reading((db, [property], execution) => choices(db, property, execution)),
  'thread-api/get-property-values': reading((db, [options], execution, {wrong}) => {
    const property = options.get(PROPERTY)
    if (!(property instanceof Keyword))
      throw wrong('options', 'a keyword as :property-ident', property === undefined ? 'nothing' : showEdn(property))
    return propertyValues(db, property, execution)
  }),
  'thread-api/get-structured-children': reading((db, [id], execution) => structuredChildren(db, id, execution)),
})
