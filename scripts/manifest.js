/**
 * Writes oclif.manifest.json: what oclif needs to know of the commands without loading them. The same as
 * `oclif manifest`, in an order that does not depend on the file system, and with the bundles as the files of commands.
 *
 *     node scripts/manifest.js           write it
 *     node scripts/manifest.js --check   fail when it is not what the built commands say
 */
import {readFileSync, writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {Plugin} from '@oclif/core'
import {compiledCommands} from './compiled-commands.js'

const path = fileURLToPath(new URL('../oclif.manifest.json', import.meta.url))

const plugin = new Plugin({errorOnManifestCreate: true, respectNoCacheDefault: true, ...compiledCommands()})
await plugin.load()
const {commands, version} = plugin.manifest
const sorted = Object.fromEntries(
  Object.entries(commands)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, command]) => [id, {...command, isESM: false, relativePath: bundleOf(id)}]),
)
const text = `${JSON.stringify({commands: sorted, version}, null, 2)}\n`

/** What the package has of a command. */
function bundleOf(id) {
  const words = id.split(':')
  return ['dist', 'bundle', 'commands', ...words.slice(0, -1), `${words.at(-1)}.cjs`]
}

if (!process.argv.includes('--check')) {
  writeFileSync(path, text)
} else if (readFileSync(path, 'utf8') !== text) {
  console.error('oclif.manifest.json is not what the commands say. Run `npm run manifest`, and commit it.')
  process.exitCode = 1
}
