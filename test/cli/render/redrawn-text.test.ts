import {expect} from 'chai'

import {RedrawnText} from '../../../src/cli/render/redrawn-text.js'

/** As much of a terminal as the text uses. */
class Screen {
  readonly lines: string[]
  rows: number
  #at: number

  constructor(rows: number, lines: readonly string[] = []) {
    this.lines = [...lines]
    this.rows = rows
    this.#at = lines.length
  }

  write(text: string): true {
    // eslint-disable-next-line no-control-regex -- the sequences of a terminal begin with one
    for (const [part, , count] of text.matchAll(/\u001B\[((\d+)A|J|\?7[hl])|[\r\n]|[^\u001B\r\n]+/g)) {
      if (count !== undefined) this.#at -= Math.min(Number(count), this.rows - 1)
      else if (part.endsWith('J')) this.lines.length = this.#at
      else if (part === '\n') this.#at++
      else if (!part.startsWith('\u001B') && part !== '\r') this.lines[this.#at] = part
    }

    return true
  }
}

describe('a text that is drawn again', () => {
  it('takes the place of the last one, and leaves what stands above', () => {
    const screen = new Screen(24, ['$ logseq server list --watch'])
    const text = new RedrawnText(screen as never)
    for (const lines of [['a', 'b', 'c'], ['d'], [], ['e', 'f']]) {
      text.draw(lines)
      expect(screen.lines).to.deep.equal(['$ logseq server list --watch', ...lines])
    }
  })

  it('fits the screen, of whatever size', () => {
    const screen = new Screen(5, ['$'])
    const text = new RedrawnText(screen as never)
    const lines = ['1', '2', '3', '4', '5', '6']
    text.draw(lines)
    expect(screen.lines).to.deep.equal(['$', '1', '2', '3', '… and 3 more lines'])
    screen.rows = 7
    text.draw(lines)
    expect(screen.lines).to.deep.equal(['$', ...lines])
    for (const unknown of [0, undefined]) {
      const other = new Screen(24, ['$'])
      other.rows = unknown as number
      new RedrawnText(other as never).draw(lines)
      expect(other.lines).to.deep.equal(['$', ...lines])
    }
  })

  it('erases nothing but itself', () => {
    const written: string[] = []
    const text = new RedrawnText({rows: 24, write: (part: string) => written.push(part) > 0})
    text.draw(['a', 'b'])
    text.draw(['c'])
    expect(written).to.deep.equal([
      '\r\u001B[J\u001B[?7la\nb\n\u001B[?7h',
      '\u001B[2A\r\u001B[J\u001B[?7lc\n\u001B[?7h',
    ])
  })
})
