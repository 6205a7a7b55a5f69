import {expect} from 'chai'

import {
  accessOf,
  METHOD_NAMES,
  METHOD_SPECS,
  methodName,
  takesRepo,
  usageOf,
} from '../../../src/protocol/methods/all.js'
import {METHODS} from '../../../src/server/methods/all.js'

describe('the registry of methods', () => {
  it('runs each method of the protocol, and no other', () => {
    expect([...METHODS.keys()].toSorted()).to.deep.equal([...METHOD_SPECS.keys()].toSorted())
    expect(METHOD_NAMES.map((name) => methodName(name))).to.have.members([...METHODS.keys()])
  })

  it('says what a method does, and what it takes, in one object under its name', () => {
    for (const [name, method] of METHODS) {
      expect(method, name).to.include({...METHOD_SPECS.get(name), name})
      expect(method.run, name).to.be.a('function')
    }
  })

  it('has arguments in an order that can be read by position', () => {
    for (const [name, {args}] of METHODS) {
      expect(
        args.findIndex(({kind}, i) => i > 0 && kind === 'repo'),
        `${name}: the graph comes first`,
      ).to.equal(-1)
      expect(new Set(args.map((arg) => arg.name)).size, `${name}: each argument has its own name`).to.equal(args.length)
      const firstLoose = args.findIndex(({optional, rest}) => optional || rest)
      if (firstLoose !== -1)
        expect(
          args.slice(firstLoose).every(({optional, rest}) => optional || rest),
          `${name}: nothing is required behind what may be left out`,
        ).to.equal(true)
      expect(
        args.slice(0, -1).some(({rest}) => rest),
        `${name}: the rest comes last`,
      ).to.not.equal(true)
    }
  })

  it('describes results as phrases that tables and help can end', () => {
    for (const [name, {result}] of METHODS) expect(result, name).to.match(/[^.\s]$/)
  })

  for (const [name, access, isAboutGraph] of [
    ['thread-api/q', 'read', true],
    ['thread-api/transact', 'write', true],
    ['thread-api/close-db', 'control', true],
    ['graph/check', 'read', true],
    ['thread-api/list-db', 'read', false],
    ['thread-api/set-context', 'control', false],
    ['thread-api/no-such', undefined, true],
    ['constructor', undefined, true],
  ] as const)
    it(`${name} is ${access ?? 'unknown'}, ${isAboutGraph ? 'with' : 'without'} a graph`, () => {
      expect(accessOf(name)).to.equal(access)
      expect(takesRepo(name)).to.equal(isAboutGraph)
    })

  it('writes how a method is called', () => {
    expect(usageOf('thread-api/q')).to.equal('q [query & inputs]')
    expect(usageOf('thread-api/pull')).to.equal('pull selector id')
    expect(usageOf('thread-api/datoms')).to.equal('datoms :eavt|:aevt|:avet components...')
    expect(usageOf('thread-api/transact')).to.equal('transact tx-data tx-meta? context?')
    expect(usageOf('graph/backup')).to.equal('graph/backup')
  })
})
