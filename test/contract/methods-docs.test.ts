import {readFileSync, writeFileSync} from 'node:fs'
import {expect} from 'chai'

import {METHOD_SPECS, usageOfArgument} from '../../src/protocol/methods/all.js'

const PAGE = new URL('../../docs/graph-engine.md', import.meta.url)
const LIST = /(<!-- methods:[^>]*-->\n)([\s\S]*?)(<!-- \/methods -->)/

/** The list of methods as the page has to have it. */
function listOfMethods(): string {
  const rows = [...METHOD_SPECS].map(([name, {access, args, result}]) => {
    const shown = args.map((argument) => (argument.kind === 'repo' ? 'repo' : `\`${usageOfArgument(argument)}\``))
    return [`\`${name}\``, shown.join(', ').replaceAll('|', String.raw`\|`), access, result]
  })
  return [['method', 'arguments', 'access', 'result'], ['---', '---', '---', '---'], ...rows]
    .map((row) => `| ${row.join(' | ')} |\n`)
    .join('')
}

describe('docs/graph-engine.md', () => {
  it('lists the methods with their arguments as the server has them', () => {
    const page = readFileSync(PAGE, 'utf8')
    if (process.env['UPDATE_SNAPSHOT'])
      writeFileSync(
        PAGE,
        page.replace(LIST, (_, start, __, end) => start + listOfMethods() + end),
      )
    expect(LIST.exec(readFileSync(PAGE, 'utf8'))?.[2], 'UPDATE_SNAPSHOT=1 writes it').to.equal(listOfMethods())
  })
})
