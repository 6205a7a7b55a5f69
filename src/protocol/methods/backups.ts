import {arg, methods, repo} from './spec.js'

/** Copies of the graph in files of their own. They wait for the writes before them, and later ones wait for them. */
export const backups = methods({
  // Not one of Logseq's.
  'graph/backup': {
    access: 'control',
    args: [repo],
    exclusive: true,
    result: 'the new backup, in the directory of the graph',
    returns: 'map',
  },
  'thread-api/backup-db-sqlite': {
    access: 'control',
    args: [repo, arg('dst-path', 'text')],
    exclusive: true,
    result: '`{:path}`; the path is absolute, and the file must not exist yet',
    returns: 'map',
  },
})
