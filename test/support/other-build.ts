import {execFileSync} from 'node:child_process'
import {mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'

import {PACKAGE} from './projects.js'
import type {Sandbox} from './sandbox.js'

/** The build ID of the programs under test, as a server publishes it. */
export function ownBuild(): string {
  const {version} = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as {version: string}
  const {commit} = JSON.parse(readFileSync(join(PACKAGE, 'dist', 'bundle', 'build.json'), 'utf8')) as {commit?: string}
  return commit === undefined ? version : `${version}+${commit}`
}

/** Another installation of this package, built from another commit. @returns its command line */
export function otherBuild(sandbox: Sandbox, commit: string): string {
  const dir = join(sandbox.dir, `build-${commit}`)
  mkdirSync(join(dir, 'dist'), {recursive: true})
  execFileSync('cp', ['-R', ...['bin', 'package.json', 'oclif.manifest.json'].map((name) => join(PACKAGE, name)), dir])
  execFileSync('cp', ['-R', join(PACKAGE, 'dist', 'bundle'), join(dir, 'dist')])
  for (const name of ['assets', 'node_modules']) symlinkSync(join(PACKAGE, name), join(dir, name))
  const info = join(dir, 'dist', 'bundle', 'build.json')
  const built = JSON.parse(readFileSync(info, 'utf8')) as object
  writeFileSync(info, JSON.stringify({...built, commit}))
  return join(dir, 'bin', 'run.js')
}
