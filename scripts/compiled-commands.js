import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Options of oclif for the commands as the compiler made them, not their bundles and what the manifest says of them. */
export function compiledCommands() {
  const pjson = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  pjson.oclif.commands = './dist/commands'
  return {ignoreManifest: true, isRoot: true, name: pjson.name, pjson, root, type: 'core'}
}
