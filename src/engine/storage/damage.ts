import {HttpError} from '../../http/answer.js'

/** A stored row is not what it must be. */
export function damaged(address: number, what: string): HttpError {
  return new HttpError(500, 'graph-damaged', `row ${address} of the graph ${what}`, {address})
}
