/** Maximum size of a datagram that asks for the health of a server, in bytes. */
export const MAX_HEALTH_REQUEST_BYTES = 1024

/** Maximum length of a challenge, in characters. */
export const MAX_CHALLENGE_LENGTH = 256

/**
 * Content of a datagram to the UDP port of a server, as JSON. The response is the JSON of `/healthz` for this challenge, with the
 * challenge.
 */
export interface HealthRequest {
  challenge: string
  /** As in the header `x-client-proof`. */
  'client-proof'?: string
}
