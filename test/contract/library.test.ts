import {readFileSync} from 'node:fs'
import {expect} from 'chai'

import * as browser from '../../src/browser/index.js'
import * as electron from '../../src/electron/index.js'
import * as lib from '../../src/lib/index.js'
import {PACKAGE} from '../support/projects.js'

/** Commands whose work is done on this machine alone, and those that call methods: the library's `Client` does. */
const WITHOUT_OPERATION = new Set(['completion', 'graph:switch', 'version'])
const CALLS = new Set(['invoke', 'query'])

/** Functions about values, and those whose options all have a default: they have nothing to refuse when called with nothing. */
const ABOUT_VALUES = new Set(['differs', 'equal', 'fromJson', 'keyword', 'readEdn', 'symbol', 'toJson', 'writeEdn'])
const WITH_DEFAULTS = new Set(['describeGraphs', 'diagnose', 'listEverywhere', 'listServers', 'watchServers'])

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

  const refuses = async (call: () => unknown) => {
    try {
      const result = await call()
      if (result !== null && typeof result === 'object' && Symbol.asyncIterator in result)
        await (result as AsyncGenerator).next()
    } catch (error) {
      return error as Error & {code?: string}
    }

    return undefined
  }

  for (const [entry, module] of Object.entries({browser, electron, lib}))
    for (const [name, exports] of Object.entries(module)) {
      const isClass = /^class\b/.test(String(exports))
      if (typeof exports !== 'function' || (isClass && name !== 'Client') || ABOUT_VALUES.has(name)) continue
      it(`refuses ${name} of ${entry} without an object of options as usage`, async () => {
        for (const given of [undefined, null, 5]) {
          if (given === undefined && WITH_DEFAULTS.has(name)) continue
          const error = await refuses(() =>
            isClass
              ? Reflect.construct(exports, [given])
              : (exports as unknown as (options: unknown) => unknown)(given),
          )
          expect(error, `${name}(${given})`).to.have.property('code', 'usage')
          expect(error!.message).to.match(/(nothing|a number|the object runtime, or the function address)$/)
        }
      })
    }
})
