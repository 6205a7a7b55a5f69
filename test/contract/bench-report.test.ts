import {expect} from 'chai'

import {type Figure, table} from '../../bench/report.js'

/** Returns the cells of the only row of a table. */
function cellsOf(figure: Omit<Figure, 'what'>): string[] {
  const row = table([{what: 'a start', ...figure}], 'measured').split('\n')[2]!
  return row.split('|').map((cell) => cell.trim())
}

describe('the table of a benchmark', () => {
  it('shows two digits of a figure, and all digits before the point', () => {
    for (const [measured, text] of [
      [0, '0.0'],
      [0.0134, '0.013'],
      [0.1234, '0.12'],
      [1.234, '1.2'],
      [1048.3, '1048'],
    ] as const)
      expect(cellsOf({bound: 2000, measured, unit: 'ms'})[2]).to.equal(text)
  })

  it('shows another digit where rounding would hide on which side of its bound a figure is', () => {
    for (const [measured, bound, text, holds] of [
      [50.1, 50, '50.1', '**no**'],
      [49.96, 50, '49.96', 'yes'],
      [1.84, 1.8, '1.84', '**no**'],
      [1.76, 1.8, '1.76', 'yes'],
      [50, 50, '50', 'yes'],
    ] as const) {
      const cells = cellsOf({bound, measured, unit: 'MiB', wall: measured})
      expect([cells[2], cells[3], cells[5]]).to.deep.equal([text, text, holds])
    }
  })
})
