import {arg, methods, optional, repo} from './spec.js'

const CLASS = arg('class', 'value')

/** Properties, their values, and classes. */
export const properties = methods({
  'thread-api/get-all-classes': {
    access: 'read',
    args: [repo, optional('options', 'map')],
    result: 'a list of classes',
    returns: 'maps',
  },
  'thread-api/get-all-properties': {
    access: 'read',
    args: [repo, optional('options', 'map')],
    result: 'a list of properties, the user’s own first',
    returns: 'maps',
  },
  'thread-api/get-structured-children': {
    access: 'read',
    args: [repo, CLASS],
    result: 'a list of the ids of the classes that extend a class, directly or not',
    returns: 'list',
  },
  'thread-api/get-class-extends-children-tree': {
    access: 'read',
    args: [repo, CLASS],
    result: 'the classes that extend a class, as a tree',
    returns: 'value',
  },
  'thread-api/get-class-properties': {
    access: 'read',
    args: [repo, CLASS],
    result: 'the properties of a class and of those that it extends',
    returns: 'maps',
  },
  'thread-api/get-class-objects': {
    access: 'read',
    args: [repo, CLASS],
    result: 'a list of the members of a class and of those that extend it',
    returns: 'maps',
  },
  'thread-api/get-property-values': {
    access: 'read',
    args: [repo, arg('options', 'map', '{:property-ident}')],
    result: 'a list of `{:label :value}`: the values in use',
    returns: 'maps',
  },
  'thread-api/get-property-closed-values': {
    access: 'read',
    args: [repo, arg('property', 'value')],
    result: 'the choices of a property, in their order',
    returns: 'maps',
  },
})
