import {listDefinitions, listDefinitionsForPlugins} from '../../logseq/lists/definitions.js'
import {listNodes} from '../../logseq/lists/nodes.js'
import {listPages, listPagesForPlugins} from '../../logseq/lists/pages.js'
import {listTasks} from '../../logseq/lists/tasks.js'
import {lists as specs} from '../../protocol/methods/lists.js'
import {implement} from './method.js'
import {reading} from './reading.js'

export const listMethods = implement(specs, {
  'thread-api/api-list-pages': reading((db, [options], pace, {era}) =>
    listPagesForPlugins(db, options, {pace, withRecycled: era === 'base'}),
  ),
  'thread-api/api-list-properties': reading((db, [options], pace) =>
    listDefinitionsForPlugins(db, 'Property', options, pace),
  ),
  'thread-api/api-list-tags': reading((db, [options], pace) => listDefinitionsForPlugins(db, 'Tag', options, pace)),
  'thread-api/cli-list-nodes': reading((db, [options], pace) => listNodes(db, options, pace)),
  'thread-api/cli-list-pages': reading((db, [options], pace) => listPages(db, options, pace)),
  'thread-api/cli-list-properties': reading((db, [options], pace) => listDefinitions(db, 'Property', options, pace)),
  'thread-api/cli-list-tags': reading((db, [options], pace) => listDefinitions(db, 'Tag', options, pace)),
  'thread-api/cli-list-tasks': reading((db, [options], pace) => listTasks(db, options, pace)),
})
