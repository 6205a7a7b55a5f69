import {spawnSync} from 'node:child_process'
import {fileURLToPath} from 'node:url'

import {compiled} from './compiled.js'

/** The user whom nobody is, and who owns nothing. */
export const NOBODY = 65_534

/**
 * Evaluates an expression in a process of its own and returns its JSON value. `from(path)` imports a module of `src`.
 * @param uid become this user first (after the imports, which may be out of its reach)
 */
export function evaluate<T>(imports: readonly string[], expression: string, uid?: number): T {
  const paths = imports.map((path) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url)))
  const modules = compiled(paths.map((path, i) => `export * as m${i} from ${JSON.stringify(path)}`).join('\n'))
  const program = `
    const {${imports.map((_, i) => `m${i}`).join(', ')}} = await import(${JSON.stringify(modules)})
    ${uid === undefined ? '' : `process.setgroups([]); process.setgid(${uid}); process.setuid(${uid})`}
    let value
    try { value = await (${expression}) } catch (error) {
      value = {thrown: {code: error.code, message: error.message, details: error.details, name: error.name}}
    }
    process.stdout.write(JSON.stringify(value) ?? 'null')`
  const {error, signal, status, stderr, stdout} = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 20_000,
  })
  if (status !== 0) throw error ?? new Error(`${expression}: status ${status}, signal ${signal}: ${stderr}`)
  return JSON.parse(stdout) as T
}

/** Skips a test, with the reason, where the tests cannot act as another user. */
export function needsRoot(test: Mocha.Context): void {
  if (process.getuid?.() === 0) return
  console.log('      skipped: only root can act as another user')
  test.skip()
}
