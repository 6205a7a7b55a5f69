import {createHmac, randomBytes, timingSafeEqual} from 'node:crypto'

/** Creates a random challenge. */
export function newChallenge(): string {
  return randomBytes(16).toString('base64url')
}

/**
 * Computes the response to a challenge, which requires the record's token and lock-id.
 * @param graphId SHA-256 of the real path of the served directory; without it, a record that was copied with its
 * directory would prove the same as the original
 */
export function proofOf(token: string, lockId: string, challenge: string, graphId?: string): string {
  const message = [challenge, lockId, ...(graphId === undefined ? [] : [graphId])].join('\0')
  return createHmac('sha256', token).update(message).digest('hex')
}

/**
 * Computes what a client proves with its own challenge. No server proof is the same, since a graph ID is a hash: what a listener
 * receives cannot be sent back as its proof.
 */
export function clientProofOf(token: string, lockId: string, challenge: string): string {
  return proofOf(token, lockId, challenge, 'client')
}

/**
 * Returns what both sides prove for a challenge in a datagram. No header has a NUL, so that a program which has the UDP port of a server
 * cannot get these proofs from the server over a connection, and send them with a status of its own.
 */
export function datagramChallenge(challenge: string): string {
  return `datagram\0${challenge}`
}

/** Compares two secrets in constant time. */
export function sameSecret(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
