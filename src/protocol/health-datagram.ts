/** Maximum size of a datagram that asks for the health of a server, in bytes. */
export const MAX_HEALTH_REQUEST_BYTES = 1024

/** Maximum length of a challenge, in characters. */
export const MAX_CHALLENGE_LENGTH = 256

/**
 * Content of a datagram to the UDP port of a server, as JSON. The response is the JSON of `/healthz`, with the challenge. All proofs are
 * those of `datagramChallenge`.
 */
export interface HealthRequest {
  challenge: string
  /** That of the header `x-client-proof`, for a datagram. */
  'client-proof'?: string
}
