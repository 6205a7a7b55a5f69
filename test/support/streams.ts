import {get, type IncomingMessage} from 'node:http'

import {keyword} from '../../src/values/scalars.js'
import {decodeTransit} from '../../src/values/transit.js'
import {Tagged, type Value, ValueMap} from '../../src/values/types.js'
import {until} from './processes.js'

/** An event as a client reads it. */
export interface StreamEvent {
  /** What the payload is about; its first part is the name of the event. Empty when it is no map. */
  data: ValueMap
  name: string
  type: string
}

/** A client of a server's events, and what it has heard so far. */
export class Listener {
  readonly events: StreamEvent[] = []
  readonly #response: IncomingMessage
  #text = ''
  comments = 0
  ended = false

  private constructor(response: IncomingMessage) {
    this.#response = response
    response.setEncoding('utf8')
    response.on('data', (text: string) => this.#read(text))
    response.on('close', () => {
      this.ended = true
    })
    response.on('error', () => {}) // cut off, as some tests want it
  }

  /** Opens the events of a server. Logseq's clients send no token. */
  static open({port, token}: {port: number; token?: string}): Promise<Listener> {
    const headers = token === undefined ? {} : {authorization: `Bearer ${token}`}
    return new Promise((resolve, reject) => {
      const asking = get({agent: false, headers, host: '127.0.0.1', path: '/v1/events', port}, (response) =>
        resolve(new Listener(response)),
      )
      asking.on('error', reject)
    })
  }

  /** Waits until so many events are there. */
  async heard(count: number): Promise<StreamEvent[]> {
    await until(
      () => this.events.length >= count,
      20_000,
      () => `${count} events; there are ${this.events.length}`,
    )
    return this.events
  }

  close(): void {
    this.#response.destroy()
  }

  #read(text: string): void {
    this.#text += text
    const parts = this.#text.split('\n\n')
    this.#text = parts.pop()!
    for (const part of parts) {
      const line = part.trim()
      if (line.startsWith('data: ')) this.events.push(eventOf(line.slice('data: '.length)))
      else if (line.startsWith(':')) this.comments++
      else if (line !== '') throw new Error(`not an event: ${line}`)
    }
  }
}

function eventOf(json: string): StreamEvent {
  const {payload, type} = JSON.parse(json) as {payload: string; type: string}
  const [name, data] = decodeTransit(payload) as readonly [Value, Value]
  return {data: data instanceof ValueMap ? data : new ValueMap(), name: String(name), type}
}

/** A fact that an event tells. */
export interface Fact {
  a: Value
  added: boolean
  tx: number
  v: Value
}

export function factsOf({data}: StreamEvent): Fact[] {
  const txData = data.get(keyword('tx-data')) as readonly Value[]
  return txData.map((item) => {
    if (!(item instanceof Tagged) || item.tag !== 'datascript/Datom') throw new Error(`a fact of another form`)
    const parts = item.value as readonly Value[]
    return {a: parts[1]!, added: parts.length === 4, tx: Number(parts[3]), v: parts[2]!}
  })
}
