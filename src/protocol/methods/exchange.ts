import {arg, methods, repo} from './spec.js'

const REPLACED = 'nil; the graph is replaced by that of a database file, after a check and a backup'

/** Parts of a graph, and whole graphs, as data that other graphs take. */
export const exchange = methods({
  'thread-api/export-edn': {
    access: 'read',
    args: [repo, arg('options', 'map', '{:export-type …}')],
    result:
      'the export as a map, or `{:export-edn-error}`; the types are block, page, view-nodes, selected-nodes, graph-ontology, graph and graph-human',
    returns: 'map',
  },
  'thread-api/import-edn': {
    access: 'write',
    args: [repo, arg('export', 'map')],
    result: '`{:tx-count}`, or `{:error}` if nothing was written; an export of type graph replaces the whole graph',
    returns: 'map',
  },
  'thread-api/export-db-binary': {
    access: 'control',
    args: [repo],
    exclusive: true,
    result: 'the bytes of a database file with the whole graph',
    returns: 'value',
  },
  'thread-api/export-db-base64': {
    access: 'control',
    args: [repo],
    exclusive: true,
    result: 'the bytes of a database file with the whole graph, as Base64 text',
    returns: 'text',
  },
  'thread-api/import-db-binary': {
    access: 'write',
    args: [repo, arg('data', 'value', 'bytes')],
    result: REPLACED,
    returns: 'nil',
  },
  'thread-api/import-db': {
    access: 'write',
    args: [repo, arg('data', 'value', 'bytes')],
    result: REPLACED,
    returns: 'nil',
  },
  'thread-api/import-db-base64': {access: 'write', args: [repo, arg('data', 'text')], result: REPLACED, returns: 'nil'},
})
