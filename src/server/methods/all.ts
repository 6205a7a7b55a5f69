import {GLOBAL_METHODS} from '../../lib/methods.js'
import {acceptedMethods} from './accepted.js'
import {copyMethods} from './copies.js'
import {lifecycleMethods} from './lifecycle.js'
import type {Method} from './method.js'
import {readMethods} from './read.js'
import {writeMethods} from './write.js'

/** The methods of `/v1/invoke`, by their names. */
export const METHODS: ReadonlyMap<string, Method> = new Map(
  [...acceptedMethods, ...copyMethods, ...lifecycleMethods, ...readMethods, ...writeMethods].map((method) => [
    method.name,
    method,
  ]),
)

/** Does its first argument name the graph, which must be the one that this daemon serves? */
export function takesGraph(name: string): boolean {
  return !GLOBAL_METHODS.has(name)
}
