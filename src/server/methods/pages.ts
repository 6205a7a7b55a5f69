import {casePage, fileContent, keyValue, pageExists, tagsNamed} from '../../logseq/find-page.js'
import {journalDay} from '../../logseq/journal-title.js'
import {favoritePages, isFavorite, pageTitles, recentPages, scheduledBetween} from '../../logseq/pages/collections.js'
import {journalOf, latestJournals} from '../../logseq/pages/journals.js'
import {headingOf, routeInfo, routeTitle} from '../../logseq/pages/routes.js'
import {pageData, pageIndex, pageTree} from '../../logseq/pages/tree.js'
import {pages as specs} from '../../protocol/methods/pages.js'
import {showEdn} from '../../values/edn-write.js'
import {keyword} from '../../values/scalars.js'
import {implement} from './method.js'
import {reading} from './reading.js'

const LIMIT = keyword('initial-limit')
const OWN_UUID = keyword('logseq.kv/local-graph-uuid')
const SYNC_UUID = keyword('logseq.kv/graph-uuid')

export const pageMethods = implement(specs, {
  'thread-api/api-get-page-data': reading((db, [page], execution) => pageData(db, page, execution)),
  'thread-api/favorited-page?': reading((db, [page], execution) => isFavorite(db, page, execution)),
  'thread-api/get-all-page-titles': reading((db, _, execution) => pageTitles(db, execution)),
  'thread-api/get-block-by-page-name-and-block-route-name': reading((db, [page, heading], execution) =>
    headingOf(db, page, heading, execution),
  ),
  'thread-api/get-case-page': reading((db, [page], execution) => casePage(db, page, execution)),
  'thread-api/get-date-scheduled-or-deadlines': reading((db, [start, end], execution) =>
    scheduledBetween(db, start, end, execution),
  ),
  'thread-api/get-favorite-pages': reading((db, _, execution) => favoritePages(db, execution)),
  'thread-api/get-file-content': reading((db, [path]) => fileContent(db, path)),
  'thread-api/get-graph-uuid': reading((db) => keyValue(db, SYNC_UUID) ?? keyValue(db, OWN_UUID)),
  'thread-api/get-journal-page-by-day': reading((db, [day]) => journalOf(db, day)),
  'thread-api/get-key-value': reading((db, [ident]) => keyValue(db, ident)),
  'thread-api/get-latest-journals': reading((db, [count], execution) =>
    latestJournals(db, count, journalDay(new Date(Date.now())), execution),
  ),
  'thread-api/get-page-blocks-tree': reading((db, [page, options], execution, {wrong}) => {
    const limit = options.get(LIMIT) ?? null
    if (limit === null) return pageTree(db, page, execution)
    if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1)
      throw wrong('options', 'an integer of at least 1 as :initial-limit', showEdn(limit))
    return pageIndex(db, page, limit, execution)
  }),
  'thread-api/get-page-route-info': reading((db, [page], execution) => routeInfo(db, page, execution)),
  'thread-api/get-recent-pages': reading((db, [ids], execution) => recentPages(db, ids, execution)),
  'thread-api/get-route-title': reading((db, [page], execution) => routeTitle(db, page, execution)),
  'thread-api/get-rtc-graph-uuid': reading((db) => keyValue(db, SYNC_UUID)),
  'thread-api/get-tags-by-name': reading((db, [name], execution) => tagsNamed(db, name, execution)),
  'thread-api/page-exists?': reading((db, [name, tags], execution) => pageExists(db, name, tags ?? null, execution)),
})
