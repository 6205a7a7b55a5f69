import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import ts from 'typescript'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Names of the fields that the `details` of errors have anywhere in the source. */
function fieldsOfErrors(): string[] {
  const files = readdirSync(join(ROOT, 'src'), {recursive: true}) as string[]
  const found = new Set<string>()
  for (const file of files.filter((name) => name.endsWith('.ts'))) {
    const text = readFileSync(join(ROOT, 'src', file), 'utf8')
    if (!text.includes('ServerError')) continue
    visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true), found)
  }

  return [...found].toSorted()
}

function visit(node: ts.Node, found: Set<string>): void {
  if (ts.isPropertyAssignment(node) && node.name.getText() === 'details') collect(node.initializer, found)
  ts.forEachChild(node, (child) => visit(child, found))
}

/** Collects the keys of an object literal, and of the literals that are spread into it. */
function collect(node: ts.Node, found: Set<string>): void {
  if (!ts.isObjectLiteralExpression(node)) return
  for (const property of node.properties) {
    if (ts.isSpreadAssignment(property)) {
      const spread = (inner: ts.Node): void => {
        if (ts.isObjectLiteralExpression(inner)) collect(inner, found)
        else if (!ts.isCallExpression(inner)) ts.forEachChild(inner, spread)
      }

      spread(property.expression)
    } else if (property.name && !ts.isComputedPropertyName(property.name)) {
      found.add(property.name.getText().replaceAll("'", ''))
    }
  }
}

describe('the fields of errors', () => {
  it('are described in the published schema', () => {
    const {properties} = JSON.parse(readFileSync(join(ROOT, 'schemas/v1/error.json'), 'utf8')) as {properties: object}
    const described = new Set(Object.keys(properties))
    const fields = fieldsOfErrors()
    expect(fields).to.include.members(['repo', 'pid', 'log-tail'])
    expect(fields.filter((name) => !described.has(name))).to.deep.equal([])
  })
})
