import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import ts from 'typescript'

import {checkLine} from '../../src/cli/line/check.js'
import {resolveLine} from '../../src/cli/line/resolve.js'
import {HELP_COMMAND} from '../../src/cli/line/spec.js'
import {COMMAND_IDS, manifestCommand} from '../support/manifest.js'
import {PACKAGE} from '../support/projects.js'

const COMMANDS = COMMAND_IDS.map((id) => manifestCommand(id))

/** Stands for an expression of a template. */
const VALUE = 'VALUE'

/** Commands in backticks in the texts of a source file, each as a person would paste it. */
function commandsIn(path: string): string[] {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
  const found: string[] = []
  const visit = (node: ts.Node) => {
    const text = ts.isStringLiteralLike(node)
      ? node.text
      : ts.isTemplateExpression(node)
        ? node.head.text + node.templateSpans.map(({literal}) => VALUE + literal.text).join('')
        : ''
    for (const [, command] of text.matchAll(/`logseq ([^`]+)`/g)) found.push(command!)
    ts.forEachChild(node, visit)
  }

  visit(file)
  return found
}

/** @returns what is wrong with a command; undefined for one that a shell and this program accept */
function complaint(command: string): string | undefined {
  if (/[|<>;&(){}*?]|\.\.\.|…/.test(command.replaceAll(/'[^']*'/g, 'quoted'))) return 'is not one command for a shell'
  const words = command.match(/'[^']*'|\S+/g)!
  if (words[0] === VALUE) return undefined // another test shows which commands it stands for
  if (words[0] === 'COMMAND') {
    const [, flag] = /^--([\w-]+)/.exec(words[1] ?? '') ?? []
    const isFlag = flag === undefined || flag === 'help' || COMMANDS.some(({flags}) => flags[flag])
    return isFlag ? undefined : `has an unknown flag --${flag}`
  }

  try {
    const request = resolveLine([...COMMANDS, HELP_COMMAND], words, false)
    if (request.kind === 'unknown' || request.kind === 'incomplete') return `is ${request.kind}`
    if (request.kind === 'command') checkLine(request.command, request.rest, {})
    return undefined
  } catch (error) {
    const {message} = error as Error
    return message.startsWith(`Unexpected argument "${VALUE}"`) ? undefined : message // it stands for flags
  }
}

describe('commands in the texts of the program', () => {
  const files = readdirSync(join(PACKAGE, 'src'), {recursive: true})
    .map((name) => join(PACKAGE, 'src', String(name)))
    .filter((path) => path.endsWith('.ts'))

  it('are accepted by a shell and by the command line', () => {
    const commands = files.flatMap((path) => commandsIn(path).map((command) => [path, command] as const))
    expect(commands).to.have.length.above(60)
    const wrong = commands.flatMap(([path, command]) => {
      const why = complaint(command)
      return why === undefined ? [] : [`${path.slice(PACKAGE.length)}: \`logseq ${command}\` ${why}`]
    })
    expect(wrong).to.deep.equal([])
  })

  it('are distinguished from those that are not', () => {
    for (const command of [
      'invoke datoms :eavt|:aevt',
      'graph export',
      'server foo',
      'server stop --bogus',
      'server stop demo',
    ])
      expect(complaint(command), command).to.be.a('string')
    expect(complaint('server stop --repo NAME')).to.equal(undefined)
  })
})
