import type {IncomingMessage, ServerResponse} from 'node:http'

import {ServerError} from '../../lib/errors.js'
import {JsonValues, MAX_JSON_VALUES} from '../json-values.js'

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
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

/** Answers with an error, in the form that every endpoint uses. */
export function sendError(response: ServerResponse, error: ServerError): void {
  sendJson(response, error.httpStatus, {ok: false, error: {code: error.code, message: error.message, ...error.details}})
}

/**
 * Reads a JSON body.
 * @param maxBytes more than that, or too many values, is refused as soon as it is announced or has arrived
 * @throws ServerError `body-too-large`, `bad-request`
 */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<Record<string, unknown>> {
  const text = await readText(request, maxBytes)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new ServerError('bad-request', 'the body is not JSON')
  }

  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ServerError('bad-request', 'the body is not a JSON object')
  return value as Record<string, unknown>
}

async function readText(request: IncomingMessage, maxBytes: number): Promise<string> {
  const tooLarge = () => new ServerError('body-too-large', `a body may have at most ${maxBytes} bytes`)
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge()
  const chunks: Buffer[] = []
  const values = new JsonValues()
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw tooLarge()
    values.add(chunk)
    if (values.tooMany) throw new ServerError('body-too-large', `a body may have at most ${MAX_JSON_VALUES} values`)
    chunks.push(chunk)
  }

  return Buffer.concat(chunks).toString('utf8')
}
