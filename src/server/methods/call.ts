/** Format of the values of a call: the same in both directions. */
export type Format = 'json' | 'transit'

import type {Requester} from '../../lib/lock/owner.js'
import type {Era} from '../../logseq/era.js'

/** A call of a method, as it came. */
export interface Call {
  /** A transit text, or plain JSON. */
  args: unknown
  era: Era
  format: Format
  /** Counts more values of the arguments in memory. May throw. */
  hold(values: number): void
  method: string
  /** Client that calls, as far as the request says it. */
  requester: Requester
  /** The client's own name of a write: one that is repeated under it is answered, not done twice. */
  requestId?: string | undefined
  /** Maximum time that it may take, in ms. */
  timeoutMs: number
  /** Path of a file with what the method takes as bytes, which was sent before. */
  upload?: string
}
