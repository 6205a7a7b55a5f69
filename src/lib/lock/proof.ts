import {createHmac, randomBytes, timingSafeEqual} from 'node:crypto'

/** The header of a health request that asks the listener to prove itself. */
export const CHALLENGE_HEADER = 'x-challenge'

/** A fresh challenge. */
export function newChallenge(): string {
  return randomBytes(16).toString('base64url')
}

/** What only the daemon that wrote a record can answer to a challenge: it knows the record's token and lock-id. */
export function proofOf(token: string, lockId: string, challenge: string): string {
  return createHmac('sha256', token).update(`${challenge}\0${lockId}`).digest('hex')
}

/** Compares two secrets in a time that does not depend on where they differ. */
export function sameSecret(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
