import {listDefinitions, listDefinitionsForPlugins} from '../../logseq/lists/definitions.js'
import {listNodes} from '../../logseq/lists/nodes.js'
import {listPages, listPagesForPlugins} from '../../logseq/lists/pages.js'
import {listTasks} from '../../logseq/lists/tasks.js'
import {lists as specs} from '../../protocol/methods/lists.js'
import {implement} from './method.js'
import {reading} from './reading.js'

export const listMethods = implement(specs, {
  'thread-api/api-list-pages': reading((db, [options], execution, {era}) =>
    listPagesForPlugins(db, options, {execution, withRecycled: era === 'base'}),
  ),
  'thread-api/api-list-properties': reading((db, [options], execution) =>
    listDefinitionsForPlugins(db, 'Property', options, execution),
  ),
  'thread-api/api-list-tags': reading((db, [options], execution) =>
    listDefinitionsForPlugins(db, 'Tag', options, execution),
  ),
  'thread-api/cli-list-nodes': reading((db, [options], execution) => listNodes(db, options, execution)),
  'thread-api/cli-list-pages': reading((db, [options], execution) => listPages(db, options, execution)),
  'thread-api/cli-list-properties': reading((db, [options], execution) =>
    listDefinitions(db, 'Property', options, execution),
  ),
  'thread-api/cli-list-tags': reading((db, [options], execution) => listDefinitions(db, 'Tag', options, execution)),
  'thread-api/cli-list-tasks': reading((db, [options], execution) => listTasks(db, options, execution)),
})
