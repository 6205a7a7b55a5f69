import type {Keyword} from '../values/scalars.js'
import type {Value} from '../values/types.js'

/** The first transaction id; entity ids are below. */
export const TX0 = 0x20_00_00_00

/** One fact: this entity has this value for this attribute, since this transaction. */
export class Datom {
  readonly a: Keyword
  readonly e: number
  /** Negative when the fact was retracted by this transaction, as in the stored tail. */
  readonly tx: number
  readonly v: Value

  constructor(e: number, a: Keyword, v: Value, tx: number) {
    this.e = e
    this.a = a
    this.v = v
    this.tx = tx
  }

  get added(): boolean {
    return this.tx > 0
  }
}
