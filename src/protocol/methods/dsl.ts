import {arg, methods, optional, repo} from './spec.js'

/** Queries as people write them into their notes. */
export const dsl = methods({
  'thread-api/query-dsl-query': {
    access: 'read',
    args: [repo, arg('query', 'value', '"(and [[Page]] (task todo))"'), optional('options', 'map')],
    result: 'a vector of vectors with one block each, or nil',
    returns: 'list?',
  },
  'thread-api/query-dsl-custom-query': {
    access: 'read',
    args: [repo, arg('query', 'map', '{:query :inputs}'), optional('options', 'map')],
    result: 'what the query finds, or nil',
    returns: 'value',
  },
  'thread-api/query-custom': {
    access: 'read',
    args: [repo, arg('query', 'map', '{:query :inputs}'), optional('options', 'map')],
    result: 'what the query finds, or nil',
    returns: 'value',
  },
  'thread-api/resolve-query-inputs': {
    access: 'read',
    args: [repo, arg('inputs', 'vector'), optional('options', 'map')],
    result: 'the inputs with days, moments, pages and numbers in place of the words for them',
    returns: 'list',
  },
})
