import {expect} from 'chai'
import fc from 'fast-check'
import stringWidth from 'string-width'

import {renderTable} from '../../../src/cli/render/table.js'

describe('a table', () => {
  it('has columns two spaces apart, as wide as their widest cell, and no spaces at the end', () => {
    expect(
      renderTable(
        ['GRAPH', 'PID'],
        [
          ['a', '123456'],
          ['a longer name', '7'],
        ],
      ),
    ).to.deep.equal(['GRAPH          PID', 'a              123456', 'a longer name  7'])
  })

  it('counts characters as wide as a terminal shows them', () => {
    expect(
      renderTable(
        ['GRAPH', 'S'],
        [
          ['日本語', 'x'],
          ['e\u0301', 'x'],
          ['😀', 'x'],
          ['', 'x'],
        ],
      ),
    ).to.deep.equal(['GRAPH   S', '日本語  x', 'e\u0301       x', '😀      x', '        x'])
  })

  it('does not count colours', () => {
    expect(
      renderTable(
        ['A', 'B'],
        [
          ['\u001B[32mready\u001B[39m', 'x'],
          ['stopped', 'x'],
        ],
      ),
    ).to.deep.equal(['A        B', '\u001B[32mready\u001B[39m    x', 'stopped  x'])
  })

  it('of no rows is its headings', () => {
    expect(renderTable(['A', 'B'], [])).to.deep.equal(['A  B'])
  })

  it('begins its last column at one place in every line', () => {
    const cell = fc.string({unit: fc.constantFrom('a', '日', 'é', '😀', ' ')})
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), {maxLength: 5}), (rows) => {
        const lines = renderTable(
          ['H1', 'H2', 'END'],
          rows.map((row) => [...row, 'END']),
        )
        const starts = lines.map((line) => stringWidth(line) - 3)
        expect(new Set(starts).size).to.equal(1)
      }),
    )
  })
})
