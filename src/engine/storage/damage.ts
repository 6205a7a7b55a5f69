import {ServerError} from '../../lib/errors.js'

/** A stored row is not what it must be. */
export function damaged(address: number, what: string): ServerError {
  return new ServerError('graph-damaged', `row ${address} of the graph ${what}`, {details: {address}})
}
