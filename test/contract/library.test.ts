import {readFileSync} from 'node:fs'
import {expect} from 'chai'

import {PACKAGE} from '../support/projects.js'

/** Commands whose work is done on this machine alone, and those that call methods: the library's `Client` does. */
const WITHOUT_OPERATION = new Set(['completion', 'graph:switch', 'version'])
const CALLS = new Set(['invoke', 'query'])

/** What a source file takes from the library: `startServer` from `lifecycle/start.js`, types too. */
function importsOf(command: string): {from: string; name: string}[] {
  const source = readFileSync(`${PACKAGE}/src/commands/${command}.ts`, 'utf8')
  return [...source.matchAll(/^import (?:type )?\{([^}]*)\} from '(?:\.\.\/)+lib\/([^']+)'$/gm)].flatMap(
    ([, names, from]) =>
      names!
        .split(',')
        .filter((name) => /\w/.test(name))
        .map((name) => ({from: from!, name: nameOf(name)})),
  )
}

/** `type X as Y` is X. */
function nameOf(specifier: string): string {
  return /^\s*(?:type )?(\w+)/.exec(specifier)![1]!
}

describe('the library', () => {
  const {commands} = JSON.parse(readFileSync(`${PACKAGE}/oclif.manifest.json`, 'utf8')) as {commands: object}
  const index = readFileSync(`${PACKAGE}/src/lib/index.ts`, 'utf8')
  const exported = new Map(
    [...index.matchAll(/^export (?:type )?\{([^}]*)\} from '\.\/([^']+)'$/gm)].flatMap(([, names, from]) =>
      names!
        .split(',')
        .filter((name) => /\w/.test(name))
        .map((name) => [/(\w+)\s*$/.exec(name)![1]!, from!] as const),
    ),
  )

  for (const id of Object.keys(commands))
    it(`exports the operation of ${id.replaceAll(':', ' ')}, and the types of its result`, () => {
      const imports = importsOf(id.replaceAll(':', '/'))
      for (const {from, name} of imports) expect(exported.get(name), `${name} of lib/${from}`).to.equal(from)

      const operations = imports.filter(({name}) => name !== 'ServerError')
      if (CALLS.has(id)) expect(exported.get('Client')).to.equal('client/client.js')
      else if (WITHOUT_OPERATION.has(id)) expect(operations).to.deep.equal([])
      else expect(operations, 'what the command calls').to.not.deep.equal([])
    })
})
