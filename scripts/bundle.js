import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
/** Bundles the programs that people wait for into one file each: see bundle/README.md. */
import {build} from 'esbuild'
import {bundledPackages, noticeOf} from './notices.js'

const root = fileURLToPath(new URL('..', import.meta.url))

const {metafile} = await build({
  absWorkingDir: root,
  // CommonJS packages in the bundle still call require() for what comes with Node.js
  banner: {
    js: 'import {createRequire as bundleRequire} from "node:module"; const require = bundleRequire(import.meta.url);',
  },
  bundle: true,
  entryPoints: ['bundle/logseq.ts', 'bundle/complete.ts', 'bundle/db-worker-node.ts'],
  // native, or asked for only by what never runs here
  external: ['libsql', 'ts-node', 'tsx', 'typescript', 'pnpapi'],
  format: 'esm',
  legalComments: 'eof',
  lineLimit: 160, // so that a stack trace shows a line, not the program
  logLevel: 'warning',
  metafile: true,
  minifySyntax: true,
  minifyWhitespace: true,
  outdir: 'dist/bundle',
  platform: 'node',
  target: 'node20',
})

writeFileSync(join(root, 'dist/bundle/THIRD-PARTY-NOTICES.txt'), noticeOf(root, bundledPackages(metafile)))

// The rows of a new graph, so that nobody waits for their making: see src/logseq/new-graph/plant.ts.
const load = (name) => import(new URL(`../dist/${name}.js`, import.meta.url).href)
const {openSqlite} = await load('lib/sqlite')
const {SEED} = await load('logseq/new-graph/birth')
const {newGraph} = await load('logseq/new-graph/new-graph')
const {KvsStore} = await load('engine/storage/kvs-store')
const db = openSqlite(':memory:')
db.exec('CREATE TABLE kvs (addr INTEGER primary key, content TEXT, addresses JSON)')
const store = new KvsStore(db, {cacheDatoms: 1})
store.flush(newGraph(SEED, store))
const rows = db.all('SELECT addr, content, addresses FROM kvs ORDER BY addr')
writeFileSync(
  join(root, 'dist/bundle/new-graph.json'),
  JSON.stringify(rows.map(({addr, addresses, content}) => [addr, content, addresses])),
)
