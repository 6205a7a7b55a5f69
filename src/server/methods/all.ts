import {backupMethods} from './backups.js'
import {blockMethods} from './blocks.js'
import {dslMethods} from './dsl.js'
import {exchangeMethods} from './exchange.js'
import {lifecycleMethods} from './lifecycle.js'
import {listMethods} from './lists.js'
import type {Method} from './method.js'
import {noOpMethods} from './no-op.js'

import {pageMethods} from './pages.js'
import {propertyMethods} from './properties.js'
import {queryMethods} from './queries.js'
import {searchMethods} from './search.js'
import {viewMethods} from './views.js'
import {writeMethods} from './writes.js'

/** The methods of `/v1/invoke`, by their names. */
export const METHODS: ReadonlyMap<string, Method> = new Map(
  [
    queryMethods,
    listMethods,
    pageMethods,
    blockMethods,
    propertyMethods,
    dslMethods,
    viewMethods,
    searchMethods,
    writeMethods,
    exchangeMethods,
    lifecycleMethods,
    backupMethods,
    noOpMethods,
  ]
    .flat()
    .map((method) => [method.name, method]),
)
