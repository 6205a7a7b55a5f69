/** The licences of what is in the bundles. */
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'

/**
 * Lists the packages whose files a bundle holds, by the paths of their directories.
 * @param metafile what esbuild tells of a build
 */
export function bundledPackages(metafile) {
  const directories = Object.keys(metafile.inputs).map(
    (path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0],
  )
  return [...new Set(directories.filter((path) => path !== undefined))].sort()
}

/**
 * Writes the notice that goes with the bundles: each package with its version, its licence, and the text of that.
 * @throws Error for a package without a licence: it may not be passed on
 */
export function noticeOf(root, directories) {
  const parts = directories.map((path) => {
    const dir = join(root, path)
    const {author, license, name, version} = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'))
    const files = readdirSync(dir).filter((file) => /^(?:licen[cs]e|copying|notice)\b/i.test(file))
    if (!license && files.length === 0) throw new Error(`${name} has no licence`)
    const texts = files.map((file) => readFileSync(join(dir, file), 'utf8').trim())
    const by = typeof author === 'string' ? author : author?.name
    if (texts.length === 0) texts.push(`No file of the package has the text.${by ? ` By ${by}.` : ''}`)
    return [`${name} ${version}`, `License: ${license ?? 'see below'}`, '', ...texts].join('\n')
  })
  const line = `\n\n${'-'.repeat(80)}\n\n`
  return `The files of this directory hold code of these packages.${line}${[...new Set(parts)].join(line)}\n`
}
