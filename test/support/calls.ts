import {readEdn} from '../../src/values/edn-read.js'
import {decodeTransit, encodeTransit} from '../../src/values/transit.js'
import type {Value} from '../../src/values/types.js'
import {http, type HttpAnswer} from './sandbox.js'

/** Where a server is, and its token. */
export interface Place {
  port: number
  token: string
}

/** Calls a method with arguments in plain JSON. */
export function callJson({port, token}: Place, method: string, ...args: unknown[]): Promise<HttpAnswer> {
  return http(port, '/v1/invoke', {body: {args, method: nameOf(method)}, token})
}

/** Calls a method with arguments in EDN, sent as transit. */
export function callTransit({port, token}: Place, method: string, ...args: string[]): Promise<HttpAnswer> {
  const argsTransit = encodeTransit(args.map((text) => readEdn(text)))
  return http(port, '/v1/invoke', {body: {argsTransit, method: nameOf(method)}, token})
}

/** The same, when it has to succeed. */
export async function valueOf(place: Place, method: string, ...args: string[]): Promise<Value> {
  const answer = await callTransit(place, method, ...args)
  if (answer.status !== 200) throw new Error(`${method} ${args.join(' ')}: ${answer.body}`)
  return decodeTransit(answer.json.resultTransit as string)
}

function nameOf(method: string): string {
  return method.includes('/') ? method : `thread-api/${method}`
}
