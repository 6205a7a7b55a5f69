import type {StartOptions} from '../lifecycle/operation.js'

/** Options of one request. */
export interface InvokeOptions {
  /** Aborts the request; the server stops working on it. */
  signal?: AbortSignal
  /** Time for the server to execute the request, in ms. Default 30,000. */
  queryTimeoutMs?: number
  /**
   * Receives warnings about probable mistakes in a query, such as an attribute that the graph does not have, and, once, about
   * the graph's directory, a server of another build, and a last server that did not end cleanly. Default `report.warn` of
   * the client.
   */
  onWarning?: (message: string) => void
}

/** Options of a client. */
export interface ClientOptions extends StartOptions {
  /**
   * False: never start a server. A call waits for one that is starting or slow, up to the timeout, and fails with
   * `server-not-found` if none runs. Default true.
   */
  start?: boolean
}
