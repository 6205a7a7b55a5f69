import {ServerError} from '../../lib/errors.js'
import {sameSecret} from '../../lib/lock/proof.js'
import type {Request} from './exchange.js'
import type {Peers} from './peers.js'

/**
 * Clients that are served without a token: `user`, programs of the server's own user where the system identifies them;
 * `loopback`, every program of this machine; `token`, none.
 */
export type AuthMode = 'loopback' | 'token' | 'user'

/** Way in which a request was authorized. */
export type Authorization = 'peer' | 'token'

/** @throws ServerError `usage` for a word that means nothing: a mistake must not open the server, nor close it unseen */
export function readAuthMode(given: string | undefined): AuthMode {
  if (given === undefined || given === '' || given === 'user') return 'user'
  if (given === 'loopback' || given === 'token') return given
  throw new ServerError('usage', `LOGSEQ_DB_WORKER_AUTH is ${JSON.stringify(given)}: expected user, token or loopback`)
}

/** Content types that a page may send to any server without asking it first. */
const SIMPLE_TYPES = new Set(['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'])

/**
 * Finds the sign that a request may come from a page of a browser. A page runs as the user, too, but needs a token.
 * @param origin the one whose pages are authorized
 * @returns words for the sign; undefined if the request lacks any
 */
function pageSign({headers}: Request, origin: string): string | undefined {
  if (SIMPLE_TYPES.has((headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase()))
    return 'its content type'
  if (headers.origin !== undefined) return headers.origin === origin ? undefined : 'its origin'
  if (headers['sec-fetch-site'] !== undefined) return 'Sec-Fetch-Site'
  if (headers.referer !== undefined) return 'its referer'
  return headers['user-agent']?.startsWith('Mozilla/') ? 'its user agent' : undefined
}

/** Facts by which a request is authorized. */
export interface Gate {
  auth: AuthMode
  origin: string
  peers: Pick<Peers, 'canTell' | 'isOwnUser'>
  token: string
}

/**
 * Authorizes a request that has the server's token or, without one, that a program of the server's own user sends. A
 * wrong or misplaced token is always refused.
 * @param query where the token may be given besides the header, because EventSource cannot set headers
 * @throws ServerError `unauthorized`
 */
export async function authorize(
  gate: Gate,
  request: Request,
  query: URLSearchParams,
  takesQueryToken: boolean,
): Promise<Authorization> {
  const header = request.headers.authorization
  if (header !== undefined || query.has('access_token')) {
    const bearer = /^bearer +(.*)$/i.exec(header ?? '')?.[1] // RFC 9110, 11.1: case does not count
    const given = bearer ?? query.get('access_token')
    if ((bearer !== undefined || takesQueryToken) && given && sameSecret(given, gate.token)) return 'token'
    throw new ServerError('unauthorized', 'the auth-token is wrong')
  }

  const why = await whyNotWithout(gate, request)
  if (why === undefined) return 'peer'
  throw new ServerError('unauthorized', `the auth-token is missing, and ${why}`)
}

/**
 * Returns true if the sender of a request may know what a process list shows of this server. A web page may not, nor
 * another user, where users can be identified, because the process list may be hidden from them.
 */
export async function mayKnow(gate: Gate, request: Request): Promise<boolean> {
  return pageSign(request, gate.origin) === undefined && isSameUser(gate, request)
}

/** Returns true if a request comes from the server's own user, or users cannot be identified here. */
export async function isSameUser({auth, peers}: Gate, request: Request): Promise<boolean> {
  return auth === 'loopback' || !peers.canTell || peers.isOwnUser(request.socket)
}

/** Returns the reason for refusing a request without a token; undefined if it is authorized. */
async function whyNotWithout({auth, origin, peers}: Gate, request: Request): Promise<string | undefined> {
  if (auth === 'token') return 'this server requires it from every client'
  const sign = pageSign(request, origin)
  if (sign !== undefined) return `the request may come from a page (by ${sign})`
  if (auth === 'loopback' || (await peers.isOwnUser(request.socket))) return undefined
  return 'the client is not known to be a program of the user who runs this server'
}
