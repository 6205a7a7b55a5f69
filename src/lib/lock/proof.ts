import {createHmac, randomBytes, timingSafeEqual} from 'node:crypto'

/** The header of a health request that asks the listener to prove itself. */
export const CHALLENGE_HEADER = 'x-challenge'

/** A fresh challenge. */
export function newChallenge(): string {
  return randomBytes(16).toString('base64url')
}

/**
 * The answer to a challenge of whoever knows a record's token and lock-id.
 * @param graphId sha256 of the real path of the directory that is served: without it, a record that was copied with its
 *   directory proves the same as the original
 */
export function proofOf(token: string, lockId: string, challenge: string, graphId?: string): string {
  const message = [challenge, lockId, ...(graphId === undefined ? [] : [graphId])].join('\0')
  return createHmac('sha256', token).update(message).digest('hex')
}

/** Compares two secrets in a time that does not depend on where they differ. */
export function sameSecret(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
