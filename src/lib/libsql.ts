import {createRequire} from 'node:module'

/**
 * Loads the package libsql. The bundles have a faster way to do so: bundle/libsql.
 * @returns its class of databases
 * @throws the loader's error
 */
export function loadLibsql(): unknown {
  return createRequire(import.meta.url)('libsql')
}
