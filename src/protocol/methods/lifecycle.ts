import {methods, optional, repo} from './spec.js'

/** Opening and closing, as Logseq's clients see it. */
export const lifecycle = methods({
  'thread-api/create-or-open-db': {
    access: 'control',
    args: [repo, optional('opts', 'map')],
    result: '`{:schema}`',
    returns: 'map',
  },
  'thread-api/close-db': {
    access: 'control',
    args: [repo],
    exclusive: true,
    result: 'nil, when everything is in the database file; the server keeps running',
    returns: 'nil',
  },
  'thread-api/unsafe-unlink-db': {
    access: 'control',
    args: [repo],
    asksOwner: true,
    exclusive: true,
    result: 'nil; the directory of the graph is moved to `Unlinked graphs`, and the server exits',
    returns: 'nil',
  },
  'thread-api/list-db': {access: 'read', args: [], result: 'a list of `{:name}`, one for each graph', returns: 'maps'},
  'thread-api/db-exists': {
    access: 'read',
    args: [repo],
    result: 'true if the database file exists',
    returns: 'boolean',
  },
  'thread-api/get-version': {access: 'read', args: [], result: '`{:revision :sqlite}`', returns: 'map'},
})
