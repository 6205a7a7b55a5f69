/**
 * Builds the API reference of the three entry points into `api-docs/`. Fails on each warning of TypeDoc: an export
 * without a docstring, a type that is used but not exported, a link to nothing.
 *
 *     npm run docs:api
 */
import {fileURLToPath} from 'node:url'
import {Application} from 'typedoc'

const ENTRY_POINTS = ['lib', 'electron', 'browser'].map((name) => `src/${name}/index.ts`)

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const app = await Application.bootstrap({
  disableGit: true,
  disableSources: true,
  entryPoints: ENTRY_POINTS,
  excludeExternals: true,
  excludeInternal: true,
  intentionallyNotExported: ['Clock', 'LOG_LEVELS'],
  excludePrivate: true,
  exclude: ['**/node_modules/**'],
  name: 'logseq-server',
  out: 'api-docs',
  readme: 'none',
  requiredToBeDocumented: ['Class', 'Function', 'Interface', 'Method', 'TypeAlias', 'Variable'],
  sort: ['source-order'],
  tsconfig: 'tsconfig.json',
  validation: {invalidLink: true, notDocumented: true, notExported: true},
})
const project = await app.convert()
if (project === undefined) process.exit(1)
app.validate(project)
await app.generateOutputs(project)
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1)
