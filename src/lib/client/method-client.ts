import {randomUUID} from 'node:crypto'

import {accessOf, asksOwner, methodName, takesRepo} from '../../protocol/methods/all.js'
import type {Access} from '../../protocol/methods/spec.js'
import {type CollectionKind, decodeTransit} from '../../values/transit.js'
import {Tagged, type Value, ValueMap} from '../../values/types.js'
import {ServerError} from '../errors.js'
import {type HttpResponse, isBroken, isClosed, isTooLarge} from '../lifecycle/inspect/exchange.js'
import {requesterFields} from '../lock/owner.js'
import {CallLimit} from './call-limit.js'
import {encodeArguments} from './carry.js'
import {readOutcome, unreadable} from './failure.js'
import type {ClientOptions, InvokeOptions} from './options.js'
import {type ItemsReceiver, PassedItems, type TakeItems} from './passed-items.js'
import type {Proven} from './proven.js'
import {sendCall} from './send-call.js'
import {ServerAccess} from './server-access.js'
import {unreachable} from './unreachable.js'

/** Maximum number of servers that are tried when one is about to stop. */
const MAX_TRIES = 3

/** Maximum number of calls that are under way at once, each on a connection of its own. Further ones wait. */
const MAX_CALLS = 32

/**
 * Calls the methods of a graph's server, and starts it if none runs. Calls may run concurrently. Values are those of
 * `Value`: keywords, UUIDs, maps with any keys.
 */
export class MethodClient {
  readonly #limit = new CallLimit(MAX_CALLS)
  readonly #server: ServerAccess
  protected readonly options: ClientOptions

  /** @throws ServerError `usage`, `invalid-graph-name`, `graph-not-exists`, `data-dir-permission` */
  constructor(options: ClientOptions) {
    this.#server = new ServerAccess(options)
    this.options = options
  }

  /** Name of the graph, as users write it. */
  get graph(): string {
    return this.#server.graph.name
  }

  /** Name of the graph, as programs write it. */
  get repo(): string {
    return this.#server.graph.repo
  }

  /** Closes the connections. The server keeps running. */
  close(): void {
    this.#server.connections.close()
  }

  /**
   * Calls a method.
   * @param method name with or without `thread-api/`
   * @param args arguments without the graph, which is added where the method requires it
   * @throws ServerError with one of the codes of docs/errors.md
   */
  async invoke(method: string, args: readonly Value[] = [], options: InvokeOptions = {}): Promise<Value> {
    const body = await this.#post(this.#transit(method, args), method, options)
    this.#server.warn(body, options)
    const {resultTransit} = body
    const result = this.#read(() => {
      if (typeof resultTransit !== 'string') throw new TypeError('it has no result')
      return decodeTransit(resultTransit)
    })
    throwIfFailed(result)
    return result
  }

  /**
   * Calls a method and passes on the items of its result while they arrive, so that a large result is never in memory.
   * @param take not called for a result that is not a vector, list or set
   * @returns the kind of the collection, or the value if it is not a collection
   * @throws ServerError as `invoke` does; some items may have been passed on by then
   */
  async invokeItems(
    method: string,
    args: readonly Value[],
    take: TakeItems,
    options: InvokeOptions = {},
  ): Promise<{kind: CollectionKind} | {value: Value}> {
    const receiver: ItemsReceiver = {
      take,
      unreadable: (cause) => unreadable(this.graph, cause),
      warn: (head) => this.#server.warn(head, options),
    }
    let items = new PassedItems(receiver)
    const startOver = () => {
      items = new PassedItems(receiver)
      return items
    }

    await this.#post(this.#transit(method, args), method, {...options, startOver})
    const end = await items.end()
    if ('value' in end) throwIfFailed(end.value)
    return end
  }

  /** Calls a method with plain JSON. docs/cli/logseq-cli.md describes how keywords and the like are written. */
  async invokeJson(method: string, args: readonly unknown[] = [], options: InvokeOptions = {}): Promise<unknown> {
    const body = await this.#post((repo) => ({args: withGraph(repo, method, args)}), method, options)
    this.#server.warn(body, options)
    return body['result']
  }

  /** Runs a query. @param query EDN text or a form @param inputs values of `:in` after `$` */
  async query(query: Value, inputs: readonly Value[] = [], options: InvokeOptions = {}): Promise<Value> {
    return this.invoke('q', [[query, ...inputs]], options)
  }

  /** Pulls an entity. @param selector EDN text or a form @returns null if the entity does not exist */
  async pull(selector: Value, id: Value, options: InvokeOptions = {}): Promise<null | ValueMap> {
    const pulled = await this.invoke('pull', [selector, id], options)
    return pulled instanceof ValueMap ? pulled : null
  }

  /** Writes to the graph. The data is on disk when the promise resolves. */
  async transact(txData: readonly Value[], txMeta: null | ValueMap = null, options: InvokeOptions = {}): Promise<void> {
    await this.invoke('transact', [txData, txMeta, null], options)
  }

  /**
   * Opens a connection for a stream.
   * @param start start a server if none runs
   * @returns undefined if none is ready, and none is to be started
   */
  protected async connect(start: boolean, options: InvokeOptions = {}): Promise<Proven | undefined> {
    return start ? this.#server.open(options) : this.#server.connections.open()
  }

  /** Encodes first, so that an invalid argument does not start a server. */
  #transit(method: string, args: readonly Value[]): ArgumentsFor {
    const write = (repo: string) => ({argsTransit: encodeArguments(method, withGraph(repo, method, args))})
    const {repo} = this.#server.graph
    const written = write(repo)
    return (other) => (other === repo ? written : write(other))
  }

  async #post(argumentsFor: ArgumentsFor, method: string, options: PostOptions): Promise<Record<string, unknown>> {
    const {queryTimeoutMs} = options
    const timeout = queryTimeoutMs === undefined ? {} : {'query-timeout': queryTimeoutMs}
    const name = methodName(method)
    // One ID for all attempts, so that the server executes the write once.
    const id = accessOf(name) === 'write' ? {'request-id': randomUUID()} : {}
    const requester = asksOwner(name) ? requesterFields(this.options.requester ?? {source: 'cli'}) : {}
    const question = (repo: string) => ({method: name, ...argumentsFor(repo), ...timeout, ...id, ...requester})
    for (let tries = 1; ; tries++) {
      // A response that is passed on while it arrives is not counted: its receiver may make calls itself.
      const send = () => this.#send(name, question, options)
      const answer = options.startOver ? await send() : await this.#limit.run(send, options.signal)
      if (options.startOver && answer.status === 200) return {}
      const outcome = readOutcome(answer)
      if ('body' in outcome) return outcome.body
      if (!outcome.elsewhere || tries === MAX_TRIES) throw outcome.error
      this.#server.connections.close()
      await this.#server.ensure(options)
    }
  }

  /**
   * Sends a request over an idle connection, or a new one. An idle connection that was closed has sent nothing, so the
   * next one is used. If the server died meanwhile, the failure shows only on use; a read is then sent again. A write
   * uses a new connection, whose listener has just proven itself. It carries an ID, and is sent again only to a server
   * that stores IDs. A result of which items were passed on is not requested again, because they would arrive twice.
   */
  async #send(method: string, question: ArgumentsFor, options: PostOptions): Promise<HttpResponse> {
    const access = accessOf(method)
    const reads = access === 'read'
    for (let broken = 0; ;) {
      options.signal?.throwIfAborted()
      const proven = (reads && (await this.#server.connections.acquire())) || (await this.#server.open(options))
      if (broken > 0 && !reads && !proven.keepsIds) {
        proven.connection.close() // a server of an older build would execute it twice
        throw this.#noAnswer(access)
      }

      const items = options.startOver?.()
      try {
        const answer = await sendCall(proven, question(proven.repo), {...options, items})
        this.#server.connections.release(proven)
        return answer
      } catch (error) {
        proven.connection.close()
        items?.throwIfFailed()
        options.signal?.throwIfAborted()
        if (isClosed(error)) continue
        if (items?.begun || !isRepeatable(access, proven) || !isBroken(error))
          throw this.#noAnswer(access, error, items)
        // A request that crashes every server must not be repeated for ever.
        if (!proven.reused && ++broken === MAX_TRIES) throw this.#noAnswer(access, error)
      }
    }
  }

  /** Reads a part of a response. @throws ServerError if it cannot be read */
  #read<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      throw unreadable(this.graph, error)
    }
  }

  /** Creates the error for a request without a complete response. The outcome of a write is unknown. */
  #noAnswer(access: Access | undefined, cause?: unknown, items?: PassedItems): ServerError {
    if (isTooLarge(cause)) return unreadable(this.graph, cause)
    const error = unreachable(this.#server.graph, cause, items?.begun)
    if (access === 'read') return error
    return new ServerError(error.code, error.message, {
      cause,
      details: error.details,
      hint: 'The request may have been executed. Check the graph before repeating a write.',
    })
  }
}

/** Arguments of a call, with the name that the server uses for the graph. */
type ArgumentsFor = (repo: string) => object

function withGraph<T>(repo: string, method: string, args: readonly T[]): readonly (T | string)[] {
  return takesRepo(methodName(method)) ? [repo, ...args] : args
}

/** Returns true if a request whose response was lost may be sent again. */
function isRepeatable(access: Access | undefined, {keepsIds}: Proven): boolean {
  return access === 'read' || (access === 'write' && keepsIds)
}

interface PostOptions extends InvokeOptions {
  /** Passes on the items of a result while it arrives. Called before each attempt. */
  startOver?: () => PassedItems
}

/** Throws if the result is a failure: Logseq's own server sends the error of a method as its result. */
function throwIfFailed(result: Value): void {
  if (!(result instanceof Tagged) || (result.tag !== 'error' && result.tag !== 'js/Error')) return
  const reported =
    result.value instanceof ValueMap
      ? [...result.value.values()].find((item) => typeof item === 'string')
      : result.value
  throw new ServerError('exception', `The server failed: ${String(reported)}`)
}
