/**
 * Removes from dist what no source file stands for any more, so that a build is what a first build would be. The
 * bundles are written anew by each build, and stay until then: programs may be running from them.
 */
import {existsSync, readdirSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')

if (existsSync(dist)) {
  for (const name of readdirSync(dist, {recursive: true}).filter(
    (name) => !/^(?:bundle\b|\.tsbuildinfo$)/.test(name),
  )) {
    const [, base] = /^(.*?)(\.d\.ts|\.js)$/.exec(name) ?? []
    const source = join(root, 'src', base === undefined ? name : `${base}.ts`)
    if (!existsSync(source)) rmSync(join(dist, name), {force: true, recursive: true})
  }
}
