import {readdirSync} from 'node:fs'
import {expect} from 'chai'

import {UNMET} from '../support/golden-unmet.js'
import {goldenCases} from '../support/golden.js'

const FILES = readdirSync(new URL('../fixtures/golden/', import.meta.url)).filter((name) => name.includes('.jsonl'))
const names = FILES.flatMap((file) => goldenCases(file).map(({name}) => name))

describe('the recorded calls of Logseq’s own code', () => {
  it(`are 1350, of which ${UNMET.size} have another result here`, () => {
    expect(names).to.have.length(1350)
    expect([...UNMET.keys()].filter((name) => !names.includes(name))).to.deep.equal([])
    expect(UNMET.size / names.length).to.be.at.most(0.03)
  })
})
