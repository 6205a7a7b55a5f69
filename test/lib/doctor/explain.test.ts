import {lstatSync, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

import {explain} from '../../../src/lib/doctor/explain.js'
import {ServerError} from '../../../src/lib/errors.js'

const FILE = fileURLToPath(import.meta.url)

function thrownBy(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}

describe('a failed look of doctor', () => {
  it('is explained without the system call, and with advice', () => {
    for (const act of [() => readdirSync(FILE), () => lstatSync(join(FILE, 'x'))]) {
      const {hint, problem} = explain(thrownBy(act))
      expect(problem).to.match(/^Cannot use .*: a part of the path is not a directory$/)
      expect(hint).to.match(/^Correct the path/)
    }
  })

  it('keeps the words of an error of this program, and of any other', () => {
    expect(explain(new ServerError('home-not-found', 'no home', {hint: 'Set HOME.'}))).to.deep.equal({
      hint: 'Set HOME.',
      problem: 'no home',
    })
    expect(explain(new Error('other'))).to.deep.equal({problem: 'other'})
  })
})
