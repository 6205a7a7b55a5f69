import {readFileSync} from 'node:fs'
import {join} from 'node:path'

import {RECORD} from '../../src/lib/files/names.js'
import {Connection} from '../../src/lib/lifecycle/inspect/connection.js'
import type {LockRecord} from '../../src/lib/lock/record.js'
import {symbol} from '../../src/values/scalars.js'
import {encodeTransit} from '../../src/values/transit.js'
import type {Value} from '../../src/values/types.js'
import type {Question} from './queries.js'

const TIMEOUT_MS = 60_000
const MAX_BYTES = 256 * 1024 * 1024

/** Requests to a server, as its clients send them. */
export interface Call {
  argsTransit: string
  method: string
}

export function pullCall(repo: string, entity: number): Call {
  return {argsTransit: encodeTransit([repo, [symbol('*')], entity]), method: 'thread-api/pull'}
}

export function queryCall(repo: string, {inputs = [], query}: Question): Call {
  const all: Value = [query, ...inputs]
  return {argsTransit: encodeTransit([repo, all]), method: 'thread-api/q'}
}

/** A client that keeps one connection. */
export class Client {
  readonly #connection: Connection
  readonly #headers: Record<string, string>
  readonly #path: string

  constructor(port: number, path: string, headers: Record<string, string> = {}) {
    this.#connection = new Connection(port)
    this.#headers = headers
    this.#path = path
  }

  /** Client of the server of this directory. */
  static ofServer(dir: string): Client {
    const record = JSON.parse(readFileSync(join(dir, RECORD), 'utf8')) as LockRecord
    return new Client(record.port as number, '/v1/invoke', {authorization: `Bearer ${record['auth-token']}`})
  }

  /** @returns how long the answer took, in ms */
  async ask(call: Call): Promise<number> {
    const began = performance.now()
    const {body, status} = await this.#connection.send({
      body: call,
      headers: this.#headers,
      maxBytes: MAX_BYTES,
      method: 'POST',
      path: this.#path,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const ended = performance.now()
    if (status !== 200) throw new Error(`${call.method}: ${status} ${body.slice(0, 500)}`)
    return ended - began
  }

  close(): void {
    this.#connection.close()
  }
}
