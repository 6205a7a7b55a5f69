import {expect} from 'chai'
import fc from 'fast-check'

import {ResultText} from '../../../src/lib/client/result-text.js'

/** Reads a body in parts of so many bytes. */
function read(body: string, part: number): {head: unknown; text: string} {
  const bytes = Buffer.from(body)
  const reader = new ResultText()
  let text = ''
  for (let at = 0; at < bytes.length; at += part) text += reader.feed(bytes.subarray(at, at + part))
  text += reader.end()
  return {head: reader.head, text}
}

describe('the result within an answer', () => {
  it('is the same in whatever parts the answer comes', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.string({unit: fc.constantFrom('\\', '"', '日', '😀', '\n', '\uD800', 'u', 'a')}),
    )
    fc.assert(
      fc.property(
        texts,
        fc.array(fc.string(), {maxLength: 2}),
        fc.integer({max: 20, min: 1}),
        (resultTransit, warnings, part) => {
          const body = {ok: true, ...(warnings.length > 0 && {warnings}), resultTransit}
          const found = read(JSON.stringify(body), part)
          expect(found.text).to.equal(resultTransit)
          expect(found.head).to.deep.equal({...body, resultTransit: null})
        },
      ),
      {numRuns: 500},
    )
  })

  it('is not found in a warning that looks like it', () => {
    const body = {ok: true, warnings: ['"resultTransit":"x"}'], resultTransit: '[1]'}
    for (const part of [1, 5, 1000]) expect(read(JSON.stringify(body), part).text).to.equal('[1]')
  })

  it('is refused when the answer is cut off', () => {
    const body = JSON.stringify({ok: true, resultTransit: '[1,2]'})
    for (let length = 1; length < body.length; length++)
      expect(() => read(body.slice(0, length), 3), String(length)).to.throw('not complete')
  })
})
