import {filterData} from '../../logseq/views/filter-data.js'
import {viewData} from '../../logseq/views/view-data.js'
import {views as specs} from '../../protocol/methods/views.js'
import {implement} from './method.js'
import {reading} from './reading.js'

export const viewMethods = implement(specs, {
  'thread-api/get-view-data': reading((db, [view, options], execution) => viewData(db, view, options, execution)),
  'thread-api/get-view-filter-data': reading((db, [options], execution) => filterData(db, options, execution)),
})
