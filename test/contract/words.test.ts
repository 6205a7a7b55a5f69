import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import ts from 'typescript'

import {PACKAGE} from '../support/projects.js'

/** Words that readers stumbled over, with the plain word to use instead. */
const FORBIDDEN: ReadonlyArray<readonly [word: RegExp, instead: string]> = [
  [/\b(?:tells?|told)\b/i, 'reports, shows, sends, distinguishes'],
  [/\bnobody\b/i, 'name the subject: no client, no process'],
  [/\b(?:some|any)body\b/i, 'name the subject: another process, a client, a person'],
  [/\bwhoever\b/i, 'name the subject: a process that, the client'],
  [/\binnocents?\b/i, 'unrelated process'],
  [/\blast words\b/i, 'final lines'],
  [/\bslips? of the pen\b/i, 'typo'],
  [/\bhow things stand\b/i, 'status'],
  [/\bat the (?:most|least)\b/i, 'at most, at least'],
  [/\btime-outs?\b/i, 'timeout'],
  [/(?<!-)\bdaemons?\b(?!-)/i, 'server'],
  [/(?<!-)\bmutex\b(?!-)/i, 'start lock'],
  [/\bgiv(?:es?|ing) way\b/i, 'stops, yields'],
  [/\blets? go\b/i, 'releases'],
  [/\bburn(?:s|ing)?\b/i, 'long-running'],
  // Of a real place it may be said: something was in the place of a file.
  [/(?<!\b(?:is|was) )\bin the place of\b/i, 'instead of, replaces'],
  [/\b(?:there (?:is|are)|is) none\b/i, 'if missing, is not an X'],
  [/@param \w+ (?:is|are|can|may|does) [^@]*\?/, 'true if'],
  [
    /^\/\*\*[\s*]*(?:Is|Are|Was|Were|Does|Do|Has|Have|May|Can|Could|Would|What|How|Why|Where|Whether|Who|Whose) /,
    'begin with a verb or a noun: Returns true if, Owner of',
  ],
]

const read = (path: string) => readFileSync(join(PACKAGE, path), 'utf8')

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(join(PACKAGE, folder), {recursive: true})
    .map((name) => `${folder}/${String(name).replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith(ending))
    .sort()
}

/** Prose of a page: without code blocks and code spans. */
const prose = (text: string) => text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, 'code')

/** Sentences of a source file: string literals of at least two words, and comments. */
function sentencesOf(path: string): string[] {
  const text = read(path)
  const sentences: string[] = []
  const comments = new Map<number, string>()
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const visit = (node: ts.Node) => {
    if (
      (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) &&
      /[a-z]{2} [a-z]{2}/i.test(node.text)
    )
      sentences.push(node.text)
    // A scanner alone takes the end of a template for the beginning of the next one, and comments for text.
    for (const range of [
      ...(ts.getLeadingCommentRanges(text, node.pos) ?? []),
      ...(ts.getTrailingCommentRanges(text, node.end) ?? []),
    ])
      comments.set(range.pos, text.slice(range.pos, range.end))
    ts.forEachChild(node, visit)
  }

  visit(file)
  return [...sentences, ...comments.values()]
}

function complaints(texts: readonly string[]): string[] {
  return texts.flatMap((text) =>
    FORBIDDEN.flatMap(([word, instead]) => {
      const found = word.exec(text)
      const around = found && text.slice(Math.max(0, found.index - 40), found.index + 40).replaceAll(/\s+/g, ' ')
      return found ? [`"${found[0]}" in "...${around}...": use ${instead}`] : []
    }),
  )
}

describe('plain words', () => {
  for (const page of ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...filesIn('docs', '.md')]) {
    if (page === 'docs/glossary.md') continue // it names the words
    it(`are used in ${page}`, () => {
      expect(complaints(prose(read(page)).split('\n'))).to.deep.equal([])
    })
  }

  for (const folder of ['bench', 'bundle', ...readdirSync(join(PACKAGE, 'src')).map((name) => `src/${name}`)]) {
    it(`are used in the messages and comments of ${folder}`, () => {
      const found = filesIn(folder, '.ts').flatMap((path) =>
        complaints(sentencesOf(path)).map((complaint) => `${path}: ${complaint}`),
      )
      expect(found).to.deep.equal([])
    })
  }

  it('are used in titles of tests', () => {
    const titles = filesIn('test', '.test.ts').flatMap((path) =>
      [...read(path).matchAll(/\b(?:it|describe)\(\s*(?<quote>['`])(?<title>.*?)\k<quote>/gs)].map(
        ({groups}) => `${path}: ${groups!['title']}`,
      ),
    )
    // Titles may still say "tells": it is a plain word there.
    expect(complaints(titles).filter((complaint) => !/^"(?:tells?|told)"/i.test(complaint))).to.deep.equal([])
  })

  it('are used in help', () => {
    expect(complaints([read('oclif.manifest.json')])).to.deep.equal([])
  })

  it('are looked for in all comments of a file', () => {
    const path = 'src/lib/errors.ts'
    const found = sentencesOf(path).filter((sentence) => sentence.startsWith('/*'))
    expect(found).to.have.length(read(path).match(/^ *\/\*\*/gm)!.length)
  })

  it('are distinguished from the others', () => {
    expect(complaints(['It tells nobody.', 'It reports to no client.'])).to.have.length(2)
  })
})
