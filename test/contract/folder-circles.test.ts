import {readdirSync, readFileSync} from 'node:fs'
import {join, posix, sep} from 'node:path'
import {expect} from 'chai'

/** Checks a database that no server has open, in the process of a command: docs/architecture.md names it. */
const EXCEPTION = 'src/lib/graph-operations/closed-files.ts'

describe('the folders of src', () => {
  it('import each other in no circle', () => {
    const imports = importsOf(sourceFiles())
    const folders = new Set([...imports].flatMap(([file]) => parentsOf(file)))
    expect([...folders].flatMap((folder) => circlesIn(folder, imports))).to.deep.equal([])
  })

  it('are in a circle where two import each other through other files', () => {
    const imports = new Map([
      ['src/a/one.ts', ['src/b/one.ts']],
      ['src/b/two.ts', ['src/c.ts']],
      ['src/c.ts', ['src/a/two.ts']],
    ])
    expect(circlesIn('src', imports)).to.deep.equal(['src: a -> b -> c.ts -> a'])
  })
})

function sourceFiles(): string[] {
  const names = readdirSync('src', {recursive: true, encoding: 'utf8'})
  return names.filter((name) => name.endsWith('.ts')).map((name) => join('src', name).replaceAll(sep, '/'))
}

function importsOf(files: readonly string[]): Map<string, string[]> {
  const imports = new Map<string, string[]>()
  for (const file of files) {
    if (file === EXCEPTION) continue
    const names = readFileSync(file, 'utf8').matchAll(/(?:from |import |import\()'(\.[^']+)\.js'/g)
    imports.set(
      file,
      [...names].map(([, name]) => `${posix.join(posix.dirname(file), name!)}.ts`),
    )
  }

  return imports
}

function parentsOf(file: string): string[] {
  const parts = file.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}

/** Finds one circle among the files and folders that stand directly in a folder; each folder counts as one. */
function circlesIn(folder: string, imports: ReadonlyMap<string, readonly string[]>): string[] {
  const childOf = (file: string) => (file.startsWith(`${folder}/`) ? file.slice(folder.length + 1).split('/')[0]! : '')
  const arrows = new Map<string, Set<string>>()
  for (const [file, imported] of imports)
    for (const other of imported) {
      const [from, to] = [childOf(file), childOf(other)]
      if (from && to && from !== to) arrows.set(from, (arrows.get(from) ?? new Set()).add(to))
    }

  const done = new Set<string>()
  const walk = (name: string, path: readonly string[]): string | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name].join(' -> ')
    if (done.has(name)) return undefined
    for (const next of arrows.get(name) ?? []) {
      const circle = walk(next, [...path, name])
      if (circle !== undefined) return circle
    }

    done.add(name)
    return undefined
  }

  for (const name of arrows.keys()) {
    const circle = walk(name, [])
    if (circle !== undefined) return [`${folder}: ${circle}`]
  }

  return []
}
