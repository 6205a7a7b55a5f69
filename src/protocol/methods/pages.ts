import {arg, methods, optional, repo} from './spec.js'

const PAGE = arg('page', 'value')

/** Pages and journals, and what is kept beside them. */
export const pages = methods({
  'thread-api/page-exists?': {
    access: 'read',
    args: [repo, arg('name', 'text'), optional('tags', 'value')],
    result: 'true if a page of this name has one of these tags',
    returns: 'boolean',
  },
  'thread-api/get-case-page': {
    access: 'read',
    args: [repo, PAGE],
    result: 'the page with exactly this title, or the entity with this UUID; or nil',
    returns: 'map?',
  },
  'thread-api/get-page-blocks-tree': {
    access: 'read',
    args: [repo, PAGE, optional('options', 'map')],
    result: 'the blocks of a page as a tree, or nil; with `:initial-limit` an index and the first blocks',
    returns: 'value',
  },
  'thread-api/api-get-page-data': {
    access: 'read',
    args: [repo, PAGE],
    result: '`{:entity :blocks}`, or nil',
    returns: 'map?',
  },
  'thread-api/get-page-route-info': {
    access: 'read',
    args: [repo, PAGE],
    result: 'the page with what an app needs to display it, or nil',
    returns: 'map?',
  },
  'thread-api/get-route-title': {
    access: 'read',
    args: [repo, PAGE],
    result: '`{:page-title}`, `{:block-title}`, or nil',
    returns: 'map?',
  },
  'thread-api/get-block-by-page-name-and-block-route-name': {
    access: 'read',
    args: [repo, PAGE, arg('heading', 'text')],
    result: '`{:block/uuid}` of the block with this heading, or nil',
    returns: 'map?',
  },
  'thread-api/get-tags-by-name': {
    access: 'read',
    args: [repo, arg('name', 'text')],
    result: 'the classes with this name',
    returns: 'maps',
  },
  'thread-api/get-latest-journals': {
    access: 'read',
    args: [repo, arg('count', 'integer')],
    result: 'the journals up to today, newest first',
    returns: 'maps',
  },
  'thread-api/get-journal-page-by-day': {
    access: 'read',
    args: [repo, arg('day', 'integer', 'yyyymmdd')],
    result: 'the journal of a day, or nil',
    returns: 'map?',
  },
  'thread-api/get-recent-pages': {
    access: 'read',
    args: [repo, arg('ids', 'vector')],
    result: 'the first 20 of these that are visible pages',
    returns: 'maps',
  },
  'thread-api/get-favorite-pages': {
    access: 'read',
    args: [repo],
    result: 'the favourite pages, in their order',
    returns: 'maps',
  },
  'thread-api/favorited-page?': {
    access: 'read',
    args: [repo, PAGE],
    result: 'true if the page is a favourite',
    returns: 'boolean',
  },
  'thread-api/get-all-page-titles': {
    access: 'read',
    args: [repo],
    result: 'a list of titles, sorted',
    returns: 'texts',
  },
  'thread-api/get-date-scheduled-or-deadlines': {
    access: 'read',
    args: [repo, arg('start', 'integer'), arg('end', 'integer')],
    result: 'open tasks that are scheduled or due between two times in ms, grouped by page',
    returns: 'value',
  },
  'thread-api/get-key-value': {
    access: 'read',
    args: [repo, arg('ident', 'keyword')],
    result: 'the value under this ident, or nil',
    returns: 'value',
  },
  'thread-api/get-graph-uuid': {
    access: 'read',
    args: [repo],
    result: 'the UUID under which the graph is synchronised, or its own',
    returns: 'text?',
  },
  'thread-api/get-rtc-graph-uuid': {
    access: 'read',
    args: [repo],
    result: 'the UUID under which the graph is synchronised, or nil',
    returns: 'text?',
  },
  'thread-api/get-file-content': {
    access: 'read',
    args: [repo, arg('path', 'text')],
    result: 'the text of a file in the graph, or nil',
    returns: 'text?',
  },
})
