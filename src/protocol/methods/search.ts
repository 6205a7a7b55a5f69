import {arg, methods, optional, repo} from './spec.js'

/** Searches for pages and blocks by their titles, and the index that they use. */
export const search = methods({
  'thread-api/search-blocks': {
    access: 'read',
    args: [repo, arg('q', 'value'), optional('opts', 'map')],
    result:
      'a list of matches, pages first, or nil for a blank text; with `:include-matched-count?` a map with that list',
    returns: 'value',
  },
  'thread-api/search-build-blocks-indice-in-worker': {
    access: 'read',
    args: [repo, optional('force', 'value')],
    result: 'the version of the index, or `:started`',
    returns: 'value',
  },
  'thread-api/search-build-blocks-indice': {
    access: 'read',
    args: [repo],
    result: 'a list of `{:id :page :title}`: the content of the index',
    returns: 'value',
  },
  'thread-api/search-upsert-blocks': {
    access: 'control',
    args: [repo, arg('blocks', 'vector')],
    result: 'nil',
    returns: 'nil',
  },
  'thread-api/search-delete-blocks': {
    access: 'control',
    args: [repo, arg('ids', 'vector')],
    result: 'nil',
    returns: 'nil',
  },
  'thread-api/search-truncate-tables': {access: 'control', args: [repo], result: 'nil', returns: 'nil'},
})
