import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {dirname, join, relative, resolve} from 'node:path'
import {expect} from 'chai'

import {PACKAGE, packedFiles} from '../support/projects.js'

/** Pages that people read: those of the root, of docs/, and the READMEs of other folders. */
function pages(): string[] {
  const all = readdirSync(PACKAGE, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(PACKAGE, join(entry.parentPath, entry.name)))
  return all.filter((path) => !/(?:^|\/)(?:node_modules|dist|coverage|api-docs|fixtures|\.node)\//.test(path)).sort()
}

/** Source files that a page may name by the end of their path: `inspect/classify.ts`. */
const SOURCES = ['bench', 'bundle', 'src', 'test'].flatMap((folder) =>
  readdirSync(join(PACKAGE, folder), {encoding: 'utf8', recursive: true}).map((name) => `/${folder}/${name}`),
)

const read = (path: string) => readFileSync(join(PACKAGE, path), 'utf8')

/** Text of a page without code blocks and code spans. */
const prose = (text: string) => text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '`code`')

/** Anchors that GitHub gives to the headings of a page. */
function anchorsOf(text: string): Set<string> {
  const headings = text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} (.+)$/gm)
  return new Set(
    [...headings].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

describe('links of the documentation', () => {
  for (const page of pages()) {
    it(`lead somewhere in ${page}`, () => {
      const broken = [...prose(read(page)).matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, target]) => target!)
        .filter((target) => !/^[a-z]+:/.test(target))
        .filter((target) => {
          const [path, anchor] = target.split('#') as [string, string | undefined]
          const file = path === '' ? join(PACKAGE, page) : resolve(PACKAGE, dirname(page), path)
          if (!existsSync(file)) return true
          return anchor !== undefined && !anchorsOf(readFileSync(file, 'utf8')).has(anchor)
        })
      expect(broken).to.deep.equal([])
    })

    it(`name files that exist in ${page}`, () => {
      const named = [
        ...read(page).matchAll(/`((?:src|test|docs|scripts|schemas|assets|bench|bundle)\/[\w./-]+\.\w+)`/g),
      ]
      expect(named.map(([, path]) => path!).filter((path) => !existsSync(join(PACKAGE, path)))).to.deep.equal([])

      const sources = [...read(page).matchAll(/`((?:[\w.-]+\/)*[\w.-]+\.ts)`/g)].map(([, path]) => path!)
      expect(sources.filter((path) => !SOURCES.some((source) => source.endsWith(`/${path}`)))).to.deep.equal([])
    })
  }
})

const decisions = readdirSync(join(PACKAGE, 'docs/decisions'))
  .filter((name) => /^\d{4}-/.test(name))
  .sort()

describe('a decision', () => {
  for (const name of decisions) {
    it(`has its number, a status and a decision in ${name}`, () => {
      const text = read(`docs/decisions/${name}`)
      const [, number, status] = /^# (\d+)\. .+\n\nStatus: (accepted|replaced by \[\d+\]\(\S+\))\./.exec(text) ?? []
      expect(number?.padStart(4, '0')).to.equal(name.slice(0, 4))
      expect(status).to.be.a('string')
      expect(text).to.match(/^(?:\*\*Decision\.\*\*|## Decision$)/m)
    })
  }
})

describe('the list of decisions', () => {
  it('has a line with the title of each decision, in the order of their numbers', () => {
    const expected = decisions.map((name) => {
      const [, number, title] = /^# (\d+)\. (.+)/.exec(read(`docs/decisions/${name}`)) ?? []
      return `| [${number?.padStart(4, '0')}](${name}) | ${title} |`
    })
    const lines = read('docs/decisions/README.md').split('\n')
    expect(lines.filter((line) => line.startsWith('| ['))).to.deep.equal(expected)
  })
})

describe('the package', () => {
  let packed: Set<string>

  before(async () => {
    packed = await packedFiles()
  })

  it('has each page that a message, a docstring, a schema or the README names', () => {
    const named = [...packed]
      .filter((path) => /\.(?:d\.ts|cjs|json)$|^README\.md$/.test(path))
      .flatMap((path) => [...read(path).matchAll(/\bdocs\/[\w./-]+\.md\b/g)].map(([page]) => page))
    expect(named).to.include('docs/errors.md')
    expect([...new Set(named)].filter((page) => !packed.has(page))).to.deep.equal([])
  })

  it('has the changes, the licence, and how to report a vulnerability', () => {
    expect([...packed]).to.include.members(['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md'])
  })
})
