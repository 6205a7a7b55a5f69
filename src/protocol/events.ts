/** Event of a server. The payload of `sync-db-changes` is in transit: `[type, {:repo :tx-data :tx-meta}]`. */
export interface ServerEvent {
  payload: string
  type: string
}

/** Yields the events of a stream of server-sent events. Text that is not an event of a server is skipped. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  for await (const data of readData(body)) {
    const event = parseEvent(data)
    if (event) yield event
  }
}

/** Yields the data of server-sent events. It reads each byte once, so that long events take linear time. */
async function* readData(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let line: string[] = []
  let data: string[] = []
  for await (const chunk of body) {
    const [first = '', ...others] = decoder.decode(chunk, {stream: true}).split('\n')
    line.push(first)
    for (const next of others) {
      const text = line.join('')
      line = [next]
      if (text.startsWith('data: ')) data.push(text.slice('data: '.length))
      if (text !== '' || data.length === 0) continue
      yield data.join('\n')
      data = []
    }
  }
}

function parseEvent(data: string): ServerEvent | undefined {
  try {
    const {payload, type} = JSON.parse(data) as Partial<Record<string, unknown>>
    return typeof type === 'string' && typeof payload === 'string' ? {payload, type} : undefined
  } catch {
    return undefined // not an event of a server of ours
  }
}
