import type {ServerError} from '../../lib/errors.js'
import type {Response} from './exchange.js'

/** Answers with JSON. */
export function sendJson(
  response: Response,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  const body = JSON.stringify(value)
  response.writeHead(status, {
    ...headers,
    'content-length': Buffer.byteLength(body),
    'content-type': 'application/json',
  })
  response.end(body)
}

/**
 * Maximum amounts of a request that an error repeats: characters of a text, items of a collection, and levels of them.
 */
const MAX_MESSAGE = 2000
const MAX_TEXT = 1000
const MAX_ITEMS = 100
const MAX_LEVELS = 5

/** Answers with an error, in the form that every endpoint uses. */
export function sendError(response: Response, error: ServerError): void {
  const message = cutText(error.message, MAX_MESSAGE)
  const details = cut(error.details, 0) as Record<string, unknown>
  const headers: Record<string, string> = error.code === 'server-busy' ? {'retry-after': '1'} : {}
  sendJson(response, error.httpStatus, {ok: false, error: {code: error.code, message, ...details}}, headers)
}

/** Cuts the data of a client before an error repeats it: a name of 30 MB would go through memory five more times. */
function cut(value: unknown, level: number): unknown {
  if (typeof value === 'string') return cutText(value, MAX_TEXT)
  if (typeof value !== 'object' || value === null) return value
  if (level === MAX_LEVELS) return '…'
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => cut(item, level + 1))
  const entries = Object.entries(value).slice(0, MAX_ITEMS)
  return Object.fromEntries(entries.map(([key, item]) => [cutText(key, MAX_TEXT), cut(item, level + 1)]))
}

function cutText(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text
}
