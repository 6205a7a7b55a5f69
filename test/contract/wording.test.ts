import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import ts from 'typescript'

import {PACKAGE} from '../support/projects.js'

/** Figures that are exact, because a person compares them or a limit is set in them. */
const EXACT =
  /^src\/(?:lib\/time-text|engine\/files\/(?:open|session)|lib\/graphs\/name|lib\/lifecycle\/inspect\/exchange)\.ts$/

function sourcesIn(...folders: string[]): {file: ts.SourceFile; path: string}[] {
  return folders.flatMap((folder) =>
    readdirSync(join(PACKAGE, folder), {recursive: true})
      .map((name) => `${folder}/${String(name).replaceAll('\\', '/')}`)
      .filter((path) => path.endsWith('.ts'))
      .map((path) => ({
        file: ts.createSourceFile(path, readFileSync(join(PACKAGE, path), 'utf8'), ts.ScriptTarget.Latest, true),
        path,
      })),
  )
}

function visitAll(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, (child) => visitAll(child, visit))
}

/** Returns true for the text of a debug line, whose figures are for developers. */
const isDebug = (node: ts.Node) => /\bdebug\b/.test(node.parent.getText().slice(0, 60))

/** Figures in ms and bytes of the texts of a file, in which the unit follows the value. */
function rawFigures(file: ts.SourceFile): string[] {
  const found: string[] = []
  visitAll(file, (node) => {
    if (
      ts.isTemplateExpression(node) &&
      node.templateSpans.some(({literal}) => /^ (?:ms|bytes)\b/.test(literal.text)) &&
      !isDebug(node)
    )
      found.push(node.getText())
  })
  return found
}

/** Messages of errors of a file that begin with a lower-case word. */
function lowerCaseMessages(file: ts.SourceFile): string[] {
  const found: string[] = []
  visitAll(file, (node) => {
    if (!ts.isNewExpression(node) || node.expression.getText() !== 'ServerError') return
    const message = node.arguments?.[1]
    const text =
      message && ts.isStringLiteralLike(message)
        ? message.text
        : message && ts.isTemplateExpression(message)
          ? message.head.text
          : ''
    if (/^[a-z]/.test(text) && !/^(?:pid|stdin)\b/.test(text)) found.push(text)
  })
  return found
}

describe('the wording of messages', () => {
  it('has times and sizes in units that a person reads', () => {
    const raw = sourcesIn('src')
      .filter(({path}) => !EXACT.test(path))
      .flatMap(({file, path}) => rawFigures(file).map((text) => `${path}: ${text}`))
    expect(raw).to.deep.equal([])
  })

  it('begins with a capital in the command line and the library', () => {
    const lower = sourcesIn('src/cli', 'src/commands', 'src/lib').flatMap(({file, path}) =>
      lowerCaseMessages(file).map((text) => `${path}: ${text}`),
    )
    expect(lower).to.deep.equal([])
  })

  it('is found by these tests', () => {
    const time = `\${time} ms`
    const text = `new ServerError('usage', 'no graph'); const late = \`after ${time}\`; debug(\`${time}\`)`
    const file = ts.createSourceFile('x.ts', text, ts.ScriptTarget.Latest, true)
    expect([...lowerCaseMessages(file), ...rawFigures(file)]).to.deep.equal(['no graph', `\`after ${time}\``])
  })
})
