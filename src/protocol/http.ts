/** Default time for the server to execute a call, in ms. */
export const DEFAULT_QUERY_TIMEOUT_MS = 30_000

/** Time that a client waits longer than the server, in ms. */
export const RESPONSE_GRACE_MS = 10_000

/** Header of a health request that asks for a proof. */
export const CHALLENGE_HEADER = 'x-challenge'

/** Header in which a client proves that it knows the token, without sending it to a listener that has proven nothing. */
export const CLIENT_PROOF_HEADER = 'x-client-proof'
