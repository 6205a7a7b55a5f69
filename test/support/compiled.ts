import {createHash} from 'node:crypto'
import {mkdirSync, renameSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {buildSync} from 'esbuild'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** In node_modules, so that the packages which a program imports are found from here. */
export const TEST_PROGRAMS = join(ROOT, 'node_modules/.cache/test-programs')

const made = new Map<string, string>()

/**
 * Compiles a TypeScript program, with all that it imports of this package, to one file: Node.js starts it in a quarter
 * of the time that it needs with tsx, which translates each file in each process.
 * @param program source text; imports absolute paths
 * @returns path of the file
 */
export function compiled(program: string): string {
  const known = made.get(program)
  if (known !== undefined) return known
  const {outputFiles} = buildSync({
    absWorkingDir: ROOT,
    bundle: true,
    format: 'esm',
    packages: 'external',
    platform: 'node',
    stdin: {contents: program, loader: 'ts', resolveDir: ROOT},
    target: 'node20',
    write: false,
  })
  const path = join(TEST_PROGRAMS, `${createHash('sha256').update(program).digest('hex').slice(0, 16)}.mjs`)
  mkdirSync(TEST_PROGRAMS, {recursive: true})
  // Renamed into place: other test files, in other processes, may be about to run the same program.
  writeFileSync(`${path}.${process.pid}`, outputFiles[0]!.contents)
  renameSync(`${path}.${process.pid}`, path)
  made.set(program, path)
  return path
}

/** Compiles a program that lies in a file, as `compiled` does. */
export function compiledFile(path: string): string {
  return compiled(`import ${JSON.stringify(path)}`)
}
