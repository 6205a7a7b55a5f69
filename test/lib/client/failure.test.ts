import {expect} from 'chai'

import {readOutcome} from '../../../src/lib/client/failure.js'
import {ERRORS, type ServerError} from '../../../src/lib/errors.js'

function errorOf(status: number, error: Record<string, unknown>): ServerError {
  const outcome = readOutcome({body: JSON.stringify({error, ok: false}), headers: {}, status} as never)
  if ('body' in outcome) throw new Error('it was taken for a result')
  return outcome.error
}

describe('the failure of a call', () => {
  for (const [method, meant] of [
    ['thread-api/tranzact', 'transact'],
    ['thread-api/pul', 'pull'],
    ['thread-api/PULL', 'pull'],
    ['graph/chekc', 'graph/check'],
    ['thread-api/validatedb', 'validate-db'],
  ])
    it(`names ${meant} for ${method}`, () => {
      const {hint} = errorOf(404, {code: 'unknown-method', message: 'there is none', method})
      expect(hint).to.contain(`Did you mean \`logseq invoke ${meant}\`?`)
    })

  it('names no method for a name that is like none', () => {
    for (const method of ['thread-api/apply-outliner', '', undefined, 7])
      expect(errorOf(404, {code: 'unknown-method', message: 'there is none', method}).hint).to.equal(
        ERRORS['unknown-method'].hint,
      )
  })

  it('shows how a method is called whose arguments are wrong', () => {
    const {hint} = errorOf(400, {code: 'invalid-arguments', message: 'wrong', method: 'thread-api/pull'})
    expect(hint).to.contain('Usage: `pull selector id`; `logseq invoke --help`')
    for (const method of ['thread-api/newer', undefined])
      expect(errorOf(400, {code: 'invalid-arguments', message: 'wrong', method}).hint).to.equal(
        ERRORS['invalid-arguments'].hint,
      )
  })
})
