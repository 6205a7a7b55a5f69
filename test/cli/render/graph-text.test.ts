import {expect} from 'chai'

import {checkText, importText} from '../../../src/cli/render/graph-text.js'

describe('what graph check says', () => {
  const result = {
    datoms: {aevt: 2133, avet: 1843, eavt: 2133},
    garbage: 0,
    graph: 'demo',
    nodes: 359,
    rows: 361,
    tail: 0,
  } as Parameters<typeof checkText>[0]

  it('counts the facts', () => {
    expect(checkText(result)).to.include('  Facts  2133')
  })

  it('reports writes that are not indexed yet', () => {
    expect(checkText({...result, tail: 7})).to.include('  Facts  2133 (plus 7 changes not yet indexed)')
  })
})

describe('what graph import says', () => {
  it('names the size of the database as that', () => {
    const [, ...rows] = importText({
      dir: '/g/demo',
      file: '/x/demo.edn',
      graph: 'demo',
      repo: 'r',
      size: 643_072,
      warnings: [],
    })
    expect(rows).to.deep.equal(['  File       /x/demo.edn', '  Directory  /g/demo', '  Database   628 KiB'])
  })
})
