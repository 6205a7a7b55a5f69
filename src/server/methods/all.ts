import {backupMethods} from './backups.js'
import {lifecycleMethods} from './lifecycle.js'
import type {Method} from './method.js'
import {noOpMethods} from './no-op.js'
import {queryMethods} from './queries.js'
import {writeMethods} from './writes.js'

/** The methods of `/v1/invoke`, by their names. */
export const METHODS: ReadonlyMap<string, Method> = new Map(
  [queryMethods, writeMethods, lifecycleMethods, backupMethods, noOpMethods]
    .flat()
    .map((method) => [method.name, method]),
)
