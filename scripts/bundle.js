import {fileURLToPath} from 'node:url'
/** Bundles the programs that people wait for into one file each: see bundle/README.md. */
import {build} from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

await build({
  absWorkingDir: root,
  // CommonJS packages in the bundle still call require() for what comes with Node.js
  banner: {
    js: 'import {createRequire as bundleRequire} from "node:module"; const require = bundleRequire(import.meta.url);',
  },
  bundle: true,
  entryPoints: ['bundle/logseq.ts', 'bundle/db-worker-node.ts'],
  // native, or asked for only by what never runs here
  external: ['libsql', 'ts-node', 'tsx', 'typescript', 'pnpapi'],
  format: 'esm',
  legalComments: 'eof',
  lineLimit: 160, // so that a stack trace shows a line, not the program
  logLevel: 'warning',
  minifySyntax: true,
  minifyWhitespace: true,
  outdir: 'dist/bundle',
  platform: 'node',
  target: 'node20',
})
