import {ResponseTooLarge} from './exchange.js'

/** Maximum size of all heads and trailers of a response, in bytes; four times that of Node.js' own server. */
const MAX_HEAD_BYTES = 64 * 1024

/** Maximum size of the line before a chunk, in bytes. */
const MAX_CHUNK_LINE_BYTES = 1024

/** Fields of a head that frame the body and the connection. */
interface Head {
  /** True if the server closes the connection after the response. */
  closes: boolean
  isChunked: boolean
  length?: number
  status: number
}

/**
 * Reads one response of HTTP/1.1 from the bytes of a connection, as RFC 9112 describes it. A response that two readers could
 * understand in two ways is an error.
 */
export class ResponseReader {
  #body: Buffer[] = []
  /** Bytes that were received and not read. */
  #bytes: Buffer = Buffer.alloc(0)
  #headLeft = MAX_HEAD_BYTES
  #isDelimitedByEnd = false
  /** Bytes of the body that may still arrive. */
  #left: number
  readonly #maxBytes: number
  readonly #steps = this.#read()
  /** True if the whole response has been read. */
  isComplete = false
  /** True if another request may be sent over the connection when the response is complete. */
  mayFollow = false
  /** Status of the response; undefined until its head has been read. */
  status: number | undefined

  /** @param maxBytes maximum size of the body */
  constructor(maxBytes = Number.POSITIVE_INFINITY) {
    this.#left = maxBytes
    this.#maxBytes = maxBytes
  }

  /**
   * Reads the next bytes of the connection.
   * @returns the parts of the body in them
   * @throws Error if they are not a response; ResponseTooLarge as soon as the body is known to be too long
   */
  feed(bytes: Buffer): readonly Buffer[] {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes])
    this.#steps.next()
    const parts = this.#body
    this.#body = []
    return parts
  }

  /** Takes note that the server has closed the connection. @returns false if the response is incomplete */
  end(): boolean {
    this.isComplete ||= this.#isDelimitedByEnd
    return this.isComplete
  }

  /** Reads the response; yields where it needs more bytes. */
  *#read(): Generator<undefined, void> {
    let head = yield* this.#head()
    // RFC 9110, 15.2: responses with 1xx precede the final one. None of our requests asks to switch protocols (101).
    while (head.status < 200 && head.status !== 101) head = yield* this.#head()
    if (head.status < 200) throw malformed('the server switched protocols')
    this.status = head.status
    this.#isDelimitedByEnd = yield* this.#readBody(head)
    for (; this.#isDelimitedByEnd; yield) this.#take(this.#bytes.length)
    this.isComplete = true
    // RFC 9112, 6.3: bytes that follow a response without another request answer nothing.
    this.mayFollow = !head.closes && this.#bytes.length === 0
  }

  /** Reads a body (RFC 9112, 6.3). @returns true if it ends with the connection */
  *#readBody({isChunked, length, status}: Head): Generator<undefined, boolean> {
    if (status === 204 || status === 304) return false
    if (isChunked) yield* this.#readChunks()
    else if (length === undefined) return true
    else yield* this.#readPart(length)
    return false
  }

  /** Reads a body in chunks, and ignores their extensions and the trailers (RFC 9112, 7.1). */
  *#readChunks(): Generator<undefined, void> {
    for (;;) {
      const line = yield* this.#line(MAX_CHUNK_LINE_BYTES)
      const size = /^([\da-f]{1,12})[\t ]*(?:;[\t\u0020-\u007E\u0080-\u00FF]*)?$/i.exec(line)?.[1]
      if (size === undefined) throw malformed('the size of a chunk is not a hexadecimal number')
      const length = Number.parseInt(size, 16)
      if (length === 0) break
      yield* this.#readPart(length)
      yield* this.#line(0)
    }

    while ((yield* this.#headLine()) !== '');
  }

  *#readPart(length: number): Generator<undefined, void> {
    if (length > this.#left) throw new ResponseTooLarge(this.#maxBytes)
    for (let left = length; left > 0;) {
      if (this.#bytes.length === 0) yield
      left -= this.#take(left)
    }
  }

  /** Passes on received bytes as a part of the body. @returns their number */
  #take(max: number): number {
    const part = this.#bytes.subarray(0, max)
    if (part.length > this.#left) throw new ResponseTooLarge(this.#maxBytes)
    if (part.length > 0) this.#body.push(part)
    this.#left -= part.length
    this.#bytes = this.#bytes.subarray(part.length)
    return part.length
  }

  /** Reads a status line and fields (RFC 9112, 4 and 5). */
  *#head(): Generator<undefined, Head> {
    const [, minor, code] =
      /^HTTP\/1\.([01]) ([1-5]\d\d) [\t\u0020-\u007E\u0080-\u00FF]*$/.exec(yield* this.#headLine()) ?? []
    if (code === undefined) throw malformed('its first line is not a status line of HTTP/1.1')
    const fields = new Map<string, string>()
    for (let line = yield* this.#headLine(); line !== ''; line = yield* this.#headLine()) {
      const [, name, value = ''] = /^([!#$%&'*+.^_`|~\dA-Za-z-]+):([\t\u0020-\u007E\u0080-\u00FF]*)$/.exec(line) ?? []
      if (name === undefined) throw malformed('a header line is not a name and a value')
      const key = name.toLowerCase()
      const before = fields.get(key)
      fields.set(key, before === undefined ? value : `${before},${value}`) // RFC 9110, 5.3
    }

    return headOf(Number(code), minor === '0', fields)
  }

  *#headLine(): Generator<undefined, string> {
    const line = yield* this.#line(this.#headLeft)
    this.#headLeft -= line.length
    return line
  }

  *#line(maxBytes: number): Generator<undefined, string> {
    for (;;) {
      const end = this.#bytes.indexOf('\r\n')
      if (end > maxBytes || (end === -1 && this.#bytes.length > maxBytes + 1))
        throw malformed(maxBytes === 0 ? 'a chunk is longer than its size' : 'a line is too long')
      if (end === -1) yield
      else {
        const line = this.#bytes.toString('latin1', 0, end)
        this.#bytes = this.#bytes.subarray(end + 2)
        return line
      }
    }
  }
}

/** Reads the fields that frame a message (RFC 9112, 6 and 9.3). */
function headOf(status: number, isOld: boolean, fields: ReadonlyMap<string, string>): Head {
  const connection = fields.get('connection') ?? ''
  const closes = isOld || (connection !== ' keep-alive' && /(?:^|,)[\t ]*close[\t ]*(?:,|$)/i.test(connection))
  const coding = fields.get('transfer-encoding')
  const length = fields.get('content-length')
  if (coding !== undefined) {
    // 6.1 and 6.3: both fields at once, or a coding in HTTP/1.0, may be an attempt to smuggle a response.
    if (length !== undefined || isOld || !/^[\t ]*chunked[\t ]*$/i.test(coding))
      throw malformed('its body is not framed by a length or by chunks alone')
    return {closes, isChunked: true, status}
  }

  if (length === undefined) return {closes, isChunked: false, status}
  const digits = /^[\t ]*(\d{1,15})[\t ]*$/.exec(length)?.[1]
  if (digits === undefined) throw malformed('its content-length is not one number')
  return {closes, isChunked: false, length: Number(digits), status}
}

function malformed(reason: string): Error {
  return new Error(`the response is malformed: ${reason}`)
}
