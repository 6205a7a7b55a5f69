/**
 * The SQLite for Node.js without one: the prebuilt files of a package, for all machines. So an install needs neither that
 * package nor a script.
 */
import {existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import {dirname, join} from 'node:path'

const PACKAGE = '@photostructure/sqlite'

/**
 * Copies them into a directory, as `linux-x64.node`, `linux-x64-musl.node`, ...
 * @returns the directory of their package, as esbuild writes it
 */
export function copyNativeSqlite(target) {
  const from = dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`))
  mkdirSync(target, {recursive: true})
  const names = new Set()
  for (const machine of readdirSync(join(from, 'prebuilds'))) {
    for (const file of readdirSync(join(from, 'prebuilds', machine))) {
      const name = `${machine}${file.includes('.musl.') ? '-musl' : ''}.node`
      names.add(name)
      replace(join(target, name), readFileSync(join(from, 'prebuilds', machine, file)))
    }
  }

  for (const name of readdirSync(target)) if (!names.has(name)) rmSync(join(target, name))
  return `node_modules/${PACKAGE}`
}

/** Renames it into place: a server may be running the one that is there. */
function replace(path, content) {
  if (existsSync(path) && readFileSync(path).equals(content)) return
  writeFileSync(`${path}.tmp`, content)
  renameSync(`${path}.tmp`, path)
}
