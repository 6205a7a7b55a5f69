import type {ValueMap} from '../../values/types.js'
import {renamePage} from './blocks/save.js'
import {importBlocks} from './import-edn.js'
import {one, type Operations, options} from './operation.js'
import {createPage} from './pages/create.js'
import {deletePage} from './pages/delete.js'
import {deletePermanently, restoreRecycled} from './pages/recycle.js'

/** Operations on pages. Each argument has a kind; there are as many as kinds. */
export const pageOperations: Operations = [
  [
    'batch-import-edn',
    {
      answers: true,
      kinds: ['map', 'map?'],
      run: (draft, [data], execution) => importBlocks(draft, data as ValueMap, execution),
    },
  ],
  [
    'create-page',
    {
      answers: true,
      kinds: ['text', 'map?'],
      act(draft, [title, opts]) {
        return createPage(draft, String(title), options(opts))
      },
    },
  ],
  [
    'rename-page',
    {kinds: ['uuid', 'text'], run: (draft, [page, title]) => renamePage(draft, one(draft, page), String(title))},
  ],
  [
    'delete-page',
    {
      answers: true,
      kinds: ['uuid', 'map?'],
      run: (draft, [page, opts], execution) => deletePage(draft, one(draft, page), options(opts), execution),
    },
  ],
  [
    'restore-recycled',
    {
      answers: true,
      kinds: ['uuid'],
      run: (draft, [page], execution) => restoreRecycled(draft, one(draft, page), execution),
    },
  ],
  [
    'recycle-delete-permanently',
    {
      answers: true,
      kinds: ['uuid'],
      run: (draft, [page], execution) => deletePermanently(draft, one(draft, page), execution),
    },
  ],
]
