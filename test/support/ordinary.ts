import {mkdirSync, rmSync, writeFileSync} from 'node:fs'
import {join, relative} from 'node:path'
import {pathToFileURL} from 'node:url'
import {build} from 'esbuild'

import {TEST_PROGRAMS} from './compiled.js'
import {COMMAND_IDS} from './manifest.js'
import {PACKAGE} from './projects.js'

/** The command line as oclif runs it, file by file as the compiler made it. */
export const ORDINARY = join(PACKAGE, 'test/fixtures/ordinary.js')

let made: Promise<string> | undefined

/**
 * Makes two files of `ORDINARY`: all commands, and what runs them. They are not the package's own bundles: they have oclif
 * itself and nothing that stands for a part of it. A run costs half of what it costs file by file.
 * @returns path of the program
 */
export function ordinaryInFewFiles(): Promise<string> {
  made ??= make()
  return made
}

async function make(): Promise<string> {
  const dir = join(TEST_PROGRAMS, `ordinary-${process.pid}`)
  mkdirSync(dir, {recursive: true})
  process.once('exit', () => rmSync(dir, {force: true, recursive: true}))
  const built = (path: string) => JSON.stringify(join(PACKAGE, path))
  const sources = {
    'commands.js': [
      ...COMMAND_IDS.map((id, i) => `import c${i} from ${built(`dist/commands/${id.replaceAll(':', '/')}.js`)}`),
      `export const COMMANDS = {${COMMAND_IDS.map((id, i) => `${JSON.stringify(id)}: c${i}`).join(', ')}}`,
    ],
    'ordinary.js': [
      `import ${built('dist/cli/missing-home.js')}`, // before oclif asks for it
      `import {Plugin} from '@oclif/core'`,
      `import {main} from ${built('dist/cli/main.js')}`,
      `import {compiledCommands} from ${built('scripts/compiled-commands.js')}`,
      'const options = compiledCommands()',
      `const target = ${JSON.stringify(`./${relative(PACKAGE, join(dir, 'commands.mjs'))}`)}`,
      `options.pjson.oclif.commands = {identifier: 'COMMANDS', strategy: 'explicit', target}`,
      'const plugin = new Plugin(options)',
      'await plugin.load()',
      'await main({...options, plugins: new Map([[plugin.name, plugin]])})',
    ],
  }
  for (const [name, lines] of Object.entries(sources)) writeFileSync(join(dir, name), lines.join('\n'))
  await build({
    absWorkingDir: PACKAGE,
    banner: {js: "import {createRequire as requireOf} from 'node:module'; const require = requireOf(import.meta.url);"},
    bundle: true,
    // Where the file of the package is looked for.
    define: {'import.meta.url': JSON.stringify(pathToFileURL(join(PACKAGE, 'scripts/compiled-commands.js')).href)},
    entryPoints: Object.keys(sources).map((name) => join(dir, name)),
    external: ['ts-node', 'tsx', 'typescript', 'pnpapi'],
    format: 'esm',
    logLevel: 'warning',
    outdir: dir,
    outExtension: {'.js': '.mjs'},
    platform: 'node',
    splitting: true,
    target: 'node20',
  })
  return join(dir, 'ordinary.mjs')
}
