import {readFileSync} from 'node:fs'
import {expect} from 'chai'

import {ERRORS} from '../../src/lib/errors.js'

describe('docs/errors.md', () => {
  it('has one heading for every error code, and none for any other', () => {
    const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
    const headings = [...page.matchAll(/^#+ `([^`]+)`/gm)].map(([, code]) => code)
    expect(headings.toSorted()).to.deep.equal(Object.keys(ERRORS).toSorted())
  })
})
