import {arg, methods, repo} from './spec.js'

/** Parts of a graph, and whole graphs, as data that other graphs take. */
export const exchange = methods({
  'thread-api/export-edn': {
    access: 'read',
    args: [repo, arg('options', 'map', '{:export-type …}')],
    result:
      'the export as a map, or `{:export-edn-error}`; the types are block, page, view-nodes, selected-nodes, graph-ontology, graph and graph-human',
  },
  'thread-api/import-edn': {
    access: 'write',
    args: [repo, arg('export', 'map')],
    result:
      '`{:tx-count}`, or `{:error}` when nothing was written; an export of type graph takes the place of the whole graph',
  },
})
