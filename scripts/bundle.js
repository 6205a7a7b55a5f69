/** Bundles the programs that people wait for into one file each: see bundle/README.md. */
import {spawnSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import {readdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {join, sep} from 'node:path'
import {fileURLToPath} from 'node:url'
import {build} from 'esbuild'
import {copyNativeSqlite} from './native-sqlite.js'
import {bundledPackages, noticeOf} from './notices.js'

const root = fileURLToPath(new URL('..', import.meta.url))

const {name, oclif, version} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const {commands} = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8'))

/** Leaves out the streams of pino, which the server does not use: bundle/pino. */
const pino = {
  name: 'pino',
  setup({onResolve}) {
    onResolve({filter: /^(?:\.\/(?:lib\/)?transport|sonic-boom|worker_threads)$/}, ({importer, path}) => {
      const file = path === 'worker_threads' ? 'worker-threads' : 'stream'
      return /[\\/]pino[\\/]/.test(importer) ? {path: join(root, `bundle/pino/${file}.cjs`)} : undefined
    })
  },
}

/** Parts that few runs need. bundle/lazy replaces them, and loads them on the first call. */
const lazy = Object.fromEntries(
  Object.entries({
    assert: 'assert',
    'node:module': 'module',
    'node:os': 'os',
    'node:timers/promises': 'timers-promises',
    'string-width': 'string-width',
  }).map(([name, file]) => [name, join(root, `bundle/lazy/${file}.ts`)]),
)

/** For commands, which end before `node:crypto` would be loaded. A server needs it anyway. */
const lazyCrypto = {'node:crypto': join(root, 'bundle/lazy/crypto.ts')}

/**
 * A program that people wait for. As CommonJS, since the loader of ES modules costs a fifth of what Node.js costs, and
 * since compiled code of it can be kept.
 */
const short = {
  absWorkingDir: root,
  // Made when somebody asks: most commands never do.
  banner: {js: 'const bundle = {get url() {return require("node:url").pathToFileURL(__filename).href}};'},
  bundle: true,
  define: {'import.meta.dirname': '__dirname', 'import.meta.url': 'bundle.url'},
  // asked for only by what never runs here
  external: ['ts-node', 'tsx', 'typescript', 'pnpapi'],
  format: 'cjs',
  legalComments: 'eof',
  lineLimit: 160, // so that a stack trace shows a line, not the program
  logLevel: 'warning',
  metafile: true,
  minifySyntax: true,
  minifyWhitespace: true,
  outdir: 'dist/bundle',
  plugins: [pino],
  outExtension: {'.js': '.cjs'},
  platform: 'node',
  supported: {
    'dynamic-import': false, // what is imported later is required later: without the loader of ES modules
    'regexp-unicode-property-escapes': true, // else one that nothing uses is created: it loads Unicode's table of emoji
  },
  target: 'node20',
}

const builds = await Promise.all([
  build({
    ...short,
    alias: lazy,
    define: {...short.define, PROGRAM: JSON.stringify(programOf())},
    entryPoints: ['bundle/command-line.ts'],
  }),
  build({...short, alias: lazy, entryPoints: ['bundle/complete.ts']}),
  // A server keeps its source in memory: with short names it is a third smaller.
  build({...short, alias: lazy, entryPoints: ['bundle/db-worker-node.ts'], minifyIdentifiers: true}),
  build({...short, entryPoints: ['src/cli/main.ts']}),
  // The client of pages, in one file instead of what the compiler made of it: a page can load it as it is.
  build({
    absWorkingDir: root,
    allowOverwrite: true,
    bundle: true,
    entryPoints: ['src/browser/index.ts'],
    format: 'esm',
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    outdir: 'dist/browser',
    platform: 'browser',
    target: 'es2022',
  }),
  // The library in few files instead of what the compiler made of it, so that the package has what is reached alone.
  // With shared files: an error of one export is an instance of the class of the other.
  build({
    absWorkingDir: root,
    allowOverwrite: true,
    bundle: true,
    chunkNames: 'lib/chunks/[name]-[hash]',
    entryPoints: ['src/lib/index.ts', 'src/electron/index.ts', 'src/lib/doctor/child.ts'],
    format: 'esm',
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    outbase: 'src',
    outdir: 'dist',
    packages: 'external',
    platform: 'node',
    splitting: true,
    target: 'node20',
  }),
  build({
    ...short,
    alias: {
      ...Object.fromEntries(
        ['args', 'command', 'flags'].map((part) => [`@oclif/core/${part}`, join(root, `bundle/oclif/${part}.ts`)]),
      ),
      ...lazy,
      ...lazyCrypto,
      'graceful-fs': 'node:fs', // proper-lockfile uses the file system that src/lib/lock/start-lock.ts passes
    },
    entryPoints: Object.keys(commands).map((id) => `src/commands/${id.replaceAll(':', '/')}.ts`),
    outbase: 'src/commands',
    outdir: 'dist/bundle/commands',
  }),
])
// An old Node.js has to be able to read them, and to say what it lacks.
builds.push(
  await build({
    ...short,
    define: {...short.define, BUILD_HASH: JSON.stringify(hashOf(builds))},
    entryPoints: ['bundle/start.ts', 'bundle/start-worker.ts'],
    supported: {'dynamic-import': true},
    target: 'node12.20',
  }),
)
const metafile = {inputs: Object.assign({}, ...builds.map((built) => built.metafile.inputs))}

// What an earlier build of other sources left, which nothing loads.
const made = new Set(builds.flatMap(({metafile}) => Object.keys(metafile.outputs)))
for (const dir of ['dist/bundle', 'dist/lib/chunks']) {
  for (const name of readdirSync(join(root, dir), {recursive: true}))
    if (/\.c?js$/.test(name) && !made.has(`${dir}/${name.replaceAll(sep, '/')}`)) rmSync(join(root, dir, name))
}

/** Hash of all CommonJS bundles: compiled code of another build must not be taken for that of this one. */
function hashOf(builds) {
  const names = builds.flatMap(({metafile}) => Object.keys(metafile.outputs)).filter((name) => name.endsWith('.cjs'))
  const hash = createHash('sha256')
  for (const name of names.sort()) hash.update(readFileSync(join(root, name)))
  return hash.digest('hex').slice(0, 16)
}

/**
 * Lists what a command line is read by: the names and flags of all commands, without the words that explain them. Most
 * flags are those of many commands: each is written once, and bundle/program.ts puts them together.
 */
function programOf() {
  const textOf = ({description, helpGroup, summary, ...flag}) => JSON.stringify(flag)
  const all = Object.values(commands).flatMap(({flags}) => Object.values(flags).map((flag) => textOf(flag)))
  const texts = [...new Set(all.reverse())].reverse() // in the order of the last ones: of two spellings the last counts
  return {
    bin: oclif.bin,
    commands: Object.values(commands).map(({args, flags, hidden, id, strict}) => ({
      args: mapValues(args, ({description, name, options, required}) => ({description, name, options, required})),
      flags: Object.values(flags).map((flag) => texts.indexOf(textOf(flag))),
      hidden,
      id,
      strict,
    })),
    dirname: oclif.dirname,
    flags: texts.map((text) => JSON.parse(text)),
    name,
    topicSeparator: oclif.topicSeparator,
    version,
  }
}

function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]))
}

const packages = [...bundledPackages(metafile), copyNativeSqlite(join(root, 'dist/bundle/sqlite'))]
writeFileSync(join(root, 'dist/bundle/THIRD-PARTY-NOTICES.txt'), noticeOf(root, packages))

// Renamed into place: programs may be running from here, and read it when they start.
const info = join(root, 'dist/bundle/build.json')
writeFileSync(`${info}.tmp`, JSON.stringify({commit: commitOf(root), time: new Date().toISOString(), version}))
renameSync(`${info}.tmp`, info)

/** The commit that is checked out, if this directory is a repository of its own and not a part of another one. */
function commitOf(dir) {
  const git = (...args) => spawnSync('git', ['-C', dir, 'rev-parse', ...args], {encoding: 'utf8'})
  const {status, stdout} = git('--show-prefix')
  return status === 0 && stdout.trim() === '' ? git('--short=10', 'HEAD').stdout.trim() || undefined : undefined
}

// The rows of a new graph, so that nobody waits for their making: see src/logseq/new-graph/create-from-template.ts.
const load = (name) => import(new URL(`../dist/${name}.js`, import.meta.url).href)
const {openSqlite} = await load('lib/sqlite')
const {PLACEHOLDERS} = await load('logseq/new-graph/new-graph-params')
const {newGraph} = await load('logseq/new-graph/new-graph')
const {KvsStore} = await load('engine/storage/kvs-store')
const db = openSqlite(':memory:')
db.exec('CREATE TABLE kvs (addr INTEGER primary key, content TEXT, addresses JSON)')
const store = new KvsStore(db, {cacheDatoms: 1})
store.flush(newGraph(PLACEHOLDERS, store))
const rows = db.all('SELECT addr, content, addresses FROM kvs ORDER BY addr')
writeFileSync(
  join(root, 'dist/bundle/new-graph.json'),
  JSON.stringify(rows.map(({addr, addresses, content}) => [addr, content, addresses])),
)
