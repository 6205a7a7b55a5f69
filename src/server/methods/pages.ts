import {journalDay} from '../../logseq/journal-title.js'
import {favoritePages, isFavorite, pageTitles, recentPages, scheduledBetween} from '../../logseq/pages/collections.js'
import {casePage, fileContent, keyValue, pageExists, tagsNamed} from '../../logseq/pages/find.js'
import {journalOf, latestJournals} from '../../logseq/pages/journals.js'
import {headingOf, routeInfo, routeTitle} from '../../logseq/pages/routes.js'
import {pageData, pageIndex, pageTree} from '../../logseq/pages/tree.js'
import {pages as specs} from '../../protocol/methods/pages.js'
import {keyword} from '../../values/scalars.js'
import {implement} from './method.js'
import {reading} from './reading.js'

const LIMIT = keyword('initial-limit')
const OWN_UUID = keyword('logseq.kv/local-graph-uuid')
const SYNC_UUID = keyword('logseq.kv/graph-uuid')

export const pageMethods = implement(specs, {
  'thread-api/api-get-page-data': reading((db, [page], pace) => pageData(db, page, pace)),
  'thread-api/favorited-page?': reading((db, [page], pace) => isFavorite(db, page, pace)),
  'thread-api/get-all-page-titles': reading((db, _, pace) => pageTitles(db, pace)),
  'thread-api/get-block-by-page-name-and-block-route-name': reading((db, [page, heading], pace) =>
    headingOf(db, page, heading, pace),
  ),
  'thread-api/get-case-page': reading((db, [page], pace) => casePage(db, page, pace)),
  'thread-api/get-date-scheduled-or-deadlines': reading((db, [start, end], pace) =>
    scheduledBetween(db, start, end, pace),
  ),
  'thread-api/get-favorite-pages': reading((db, _, pace) => favoritePages(db, pace)),
  'thread-api/get-file-content': reading((db, [path]) => fileContent(db, path)),
  'thread-api/get-graph-uuid': reading((db) => keyValue(db, SYNC_UUID) ?? keyValue(db, OWN_UUID)),
  'thread-api/get-journal-page-by-day': reading((db, [day]) => journalOf(db, day)),
  'thread-api/get-key-value': reading((db, [ident]) => keyValue(db, ident)),
  'thread-api/get-latest-journals': reading((db, [count], pace) =>
    latestJournals(db, count, journalDay(new Date(Date.now())), pace),
  ),
  'thread-api/get-page-blocks-tree': reading((db, [page, options], pace, {wrong}) => {
    const limit = options.get(LIMIT) ?? null
    if (limit === null) return pageTree(db, page, pace)
    if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1)
      throw wrong('options', 'expected a whole number from 1 for :initial-limit')
    return pageIndex(db, page, limit, pace)
  }),
  'thread-api/get-page-route-info': reading((db, [page], pace) => routeInfo(db, page, pace)),
  'thread-api/get-recent-pages': reading((db, [ids], pace) => recentPages(db, ids, pace)),
  'thread-api/get-route-title': reading((db, [page], pace) => routeTitle(db, page, pace)),
  'thread-api/get-rtc-graph-uuid': reading((db) => keyValue(db, SYNC_UUID)),
  'thread-api/get-tags-by-name': reading((db, [name], pace) => tagsNamed(db, name, pace)),
  'thread-api/page-exists?': reading((db, [name, tags], pace) => pageExists(db, name, tags ?? null, pace)),
})
