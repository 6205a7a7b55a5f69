import {arg, methods, optional, repo} from './spec.js'

/** Tables and lists that a client shows of many blocks. */
export const views = methods({
  'thread-api/get-view-data': {
    access: 'read',
    args: [repo, optional('view', 'value'), optional('options', 'map')],
    result: '`{:count :data}`: the ids of the rows, the last changed first',
    returns: 'map',
  },
  'thread-api/get-view-filter-data': {
    access: 'read',
    args: [repo, arg('options', 'map', '{:property-ident}')],
    result: 'the operators and values that a filter can use',
    returns: 'value',
  },
})
