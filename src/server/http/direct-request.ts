/** A request that has arrived as a whole. */
export interface WholeRequest {
  body: Buffer
  /** By their names in lower case. Each occurs once. */
  headers: Record<string, string> & {host: string}
  method: 'GET' | 'POST'
  path: string
}

/** A request of the lifecycle is far shorter, in bytes. */
const MAX_BYTES = 4096

const REQUEST_LINE = /^(GET|POST) (\/[a-z\d/]*) HTTP\/1\.1$/

/** A name, and a value that begins and ends with a visible character. */
const FIELD = /^([A-Za-z-]+): ([!-~](?:[ -~]*[!-~])?)$/

/** Headers without an effect on the connection, and those that this reader implements. */
const NAMES: ReadonlySet<string> = new Set([
  'authorization',
  'content-length',
  'content-type',
  'host',
  'x-challenge',
  'x-client-proof',
])

/**
 * Reads a request in the usual form of this program's clients: in one piece, with few known headers, and with the whole body.
 * @returns undefined for any other bytes, well-formed or not: Node.js reads those
 */
export function readDirectRequest(bytes: Buffer): WholeRequest | undefined {
  if (bytes.length > MAX_BYTES) return undefined
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n')
  const [, method, path] = REQUEST_LINE.exec(first) ?? []
  if (path === undefined) return undefined
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const [, name = '', value = ''] = FIELD.exec(line) ?? []
    const known = name.toLowerCase()
    if (!NAMES.has(known) || Object.hasOwn(headers, known)) return undefined
    headers[known] = value
  }

  const {'content-length': length, host} = headers
  const body = bytes.subarray(end + 4)
  const isWhole = method === 'POST' ? length === String(body.length) : length === undefined && body.length === 0
  if (!isWhole || host === undefined) return undefined
  return {body, headers: {...headers, host}, method: method as 'GET' | 'POST', path}
}
