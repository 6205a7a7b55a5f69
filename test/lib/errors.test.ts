import {expect} from 'chai'

import {type ErrorCode, ERRORS, messageOf, ServerError, systemCode} from '../../src/lib/errors.js'

/** The exit codes of the contract; every code that a command can end with is in one of its rows. */
const EXITS: Record<number, ErrorCode[]> = {
  1: ['exception'],
  2: ['usage', 'unknown-command', 'missing-repo', 'invalid-graph-name', 'graph-not-exists'],
  3: ['server-not-found'],
  4: ['server-owned-by-other'],
  5: ['repo-locked', 'server-on-other-host', 'server-unresponsive', 'lock-version-unsupported', 'data-dir-permission'],
  6: ['server-start-failed'],
  7: ['server-start-timeout-orphan', 'server-stop-timeout', 'lifecycle-busy'],
  130: ['interrupted'],
}

describe('the table of errors', () => {
  for (const [exit, codes] of Object.entries(EXITS)) {
    for (const code of codes) {
      it(`${code} ends a command with ${exit}`, () => {
        expect(ERRORS[code].exit).to.equal(Number(exit))
        expect(new ServerError(code, 'x').exit).to.equal(Number(exit))
      })
    }
  }

  for (const [code, {exit, hint}] of Object.entries(ERRORS)) {
    it(`${code} has a name, an exit code and a hint that is a sentence`, () => {
      expect(code).to.match(/^[a-z]+(-[a-z]+)*$/)
      expect(exit).to.be.oneOf(Object.keys(EXITS).map(Number))
      expect(hint).to.match(/^[A-Z].{10,}\.$/s)
    })
  }
})

describe('an error', () => {
  it('has the hint of its code unless another one is given', () => {
    const plain = new ServerError('repo-locked', 'message')
    expect(plain).to.include({hint: ERRORS['repo-locked'].hint, message: 'message', name: 'ServerError'})
    expect(plain.details).to.deep.equal({})
    const cause = new Error('cause')
    const reported = new ServerError('repo-locked', 'message', {cause, details: {repo: 'r'}, hint: 'hint'})
    expect(reported).to.deep.include({cause, details: {repo: 'r'}, hint: 'hint'})
  })

  it('of the system has a code; anything else has none', () => {
    expect(systemCode(Object.assign(new Error('x'), {code: 'ENOENT'}))).to.equal('ENOENT')
    for (const none of [new Error('x'), Object.assign(new Error('x'), {code: 5}), undefined, null, 'text']) {
      expect(systemCode(none)).to.equal(undefined)
    }
  })

  it('has a message, whatever was thrown', () => {
    expect([new Error('a'), 'b', 7, undefined, null].map((thrown) => messageOf(thrown))).to.deep.equal([
      'a',
      'b',
      '7',
      'undefined',
      'null',
    ])
  })
})
