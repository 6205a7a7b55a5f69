import {arg, methods, optional, repo} from './spec.js'

/** Queries as people write them into their notes. */
export const dsl = methods({
  'thread-api/query-dsl-query': {
    access: 'read',
    args: [repo, arg('query', 'value', '"(and [[Page]] (task todo))"'), optional('options', 'map')],
    result: 'a vector of vectors, each with one block; or nil',
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
    result: 'the inputs, with words such as `:today` replaced by days, times, pages and numbers',
    returns: 'list',
  },
})
