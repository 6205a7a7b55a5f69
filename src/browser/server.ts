import {ClientError, unreachable} from './error.js'
import {type ProvenServer, proveServer, type ServerAddress} from './proof.js'

/** Maximum number of servers that have to prove themselves for one call. */
const MAX_TRIES = 2

/** Returns the current address of the server, as the app knows it. */
export type AskAddress = () => Promise<ServerAddress> | ServerAddress

/**
 * The server that the page talks to. A proof counts while the event stream that was opened after it is open: a server that
 * goes away ends its stream, and only then can another program get its port. At all other times each request asks for a
 * new proof.
 */
export class Server {
  readonly #ask: typeof fetch
  readonly #askAddress: AskAddress | undefined
  /** Address that the app has named, until it breaks off; undefined when the app has to be asked. */
  #named: ServerAddress | undefined
  #proven: ProvenServer | undefined
  /** Response of a server that refused its events: thrown by the calls that follow. */
  #refusal: ClientError | undefined
  readonly #signal: AbortSignal

  constructor(ask: typeof fetch, signal: AbortSignal, named: ServerAddress | undefined, askAddress?: AskAddress) {
    this.#ask = ask
    this.#askAddress = askAddress
    this.#named = named && {...named}
    this.#signal = signal
  }

  /** Goes on at another address. */
  use(address: ServerAddress): void {
    this.#named = {...address} // a new one, also if the app names the same: what the old one still does is over
    this.#proven = undefined
    this.#refusal = undefined
  }

  /**
   * The server, proven now, or by the stream that is open.
   * @throws ClientError `server-unreachable`; the refusal after which the app has to be asked; what the page's `address` throws
   */
  async prove(): Promise<ProvenServer> {
    for (let tries = 1; ; tries++) {
      if (this.#proven) return this.#proven
      const address = await this.#address()
      try {
        return await this.#proveAt(address)
      } catch (error) {
        this.broke(address)
        // The server may have ended after the app had named it. Nothing but a challenge was sent, so the app is asked again.
        const isElsewhere = this.#named !== address && (error as ClientError).code === 'server-unreachable'
        if (!isElsewhere || this.#signal.aborted || tries === MAX_TRIES) throw error
      }
    }
  }

  /** The address that the app has named, or names now. */
  async #address(): Promise<ServerAddress> {
    const asked = this.#named ?? (await this.#askApp())
    this.#named ??= asked && {...asked} // what the app has named meanwhile is newer
    const address = this.#named
    if (!address)
      throw (
        this.#refusal ??
        unreachable('The connection to the server of the graph broke, and the app has not named another server')
      )
    return address
  }

  async #proveAt(address: ServerAddress): Promise<ProvenServer> {
    const {lockId} = address
    if (!isProvable(address) || lockId === undefined) return {address, keepsIds: false} // named by the app, and not broken off since
    return {address, ...(await proveServer(this.#ask, {...address, lockId}, this.#signal))}
  }

  /** Asks the app for the address. A client that is closed does not wait for it. */
  async #askApp(): Promise<ServerAddress | undefined> {
    const signal = this.#signal
    let close = () => {}
    const closed = new Promise<never>((_, reject) => {
      close = () => reject(unreachable('The client is closed'))
      signal.addEventListener('abort', close)
    })
    closed.catch(() => {}) // ignored: the app has answered
    try {
      return await Promise.race([this.#askAddress?.(), closed])
    } finally {
      signal.removeEventListener('abort', close)
    }
  }

  /** The event stream of a server is open. */
  opened(server: ProvenServer): void {
    if (this.#named === server.address) this.#proven = server
  }

  /**
   * The server of an address did not answer, refused its events, or its stream ended: the app is asked again, or it has
   * to prove itself again.
   * @param cause what was thrown
   */
  broke(address: ServerAddress, cause?: unknown): void {
    if (this.#proven?.address === address) this.#proven = undefined
    if (this.#named !== address || !(this.#askAddress || !isProvable(address))) return
    this.#named = undefined
    this.#refusal = cause instanceof ClientError ? cause : undefined
  }
}

/** Logseq's own server has no token: nothing that it could prove itself with. */
function isProvable({authToken, lockId}: ServerAddress): boolean {
  return authToken !== '' && lockId !== undefined
}
