/** Sequences of a terminal (ECMA-48; the last two are DEC's mode 7). */
const up = (lines: number) => (lines === 0 ? '' : `\u001B[${lines}A`)
const CLEAR_BELOW = '\r\u001B[J'
const NO_WRAP = '\u001B[?7l'
const WRAP = '\u001B[?7h'

/** Lines on a terminal that are drawn again in their place. What stands above them stays, and so does what has scrolled away. */
export class RedrawnText {
  #drawn = 0
  readonly #out: Pick<NodeJS.WriteStream, 'rows' | 'write'>

  constructor(out: Pick<NodeJS.WriteStream, 'rows' | 'write'>) {
    this.#out = out
  }

  /** Draws lines in place of the last ones. Each takes one row of the screen; those without a row are counted. */
  draw(lines: readonly string[]): void {
    const {rows} = this.#out
    const room = rows > 0 ? Math.max(2, rows - 1) : Number.POSITIVE_INFINITY // the cursor takes the last one; 0 is unknown
    const shown =
      lines.length <= room ? lines : [...lines.slice(0, room - 1), `… and ${lines.length - room + 1} more lines`]
    this.#out.write(`${up(this.#drawn)}${CLEAR_BELOW}${NO_WRAP}${shown.map((line) => `${line}\n`).join('')}${WRAP}`)
    this.#drawn = shown.length
  }
}
