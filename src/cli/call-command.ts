import {callForItems, graphNames} from '../lib/client/call.js'
import type {ServerOptions} from '../lib/lifecycle/operation.js'
import type {Value} from '../values/types.js'
import {BaseCommand} from './base-command.js'
import {JsonWriter, type ResultWriter, SILENT} from './result-writers.js'
import {TextStream} from './text-stream.js'

/** A call, and how its result is shown. */
interface PrintedCall {
  args: readonly Value[]
  method: string
  options: ServerOptions
  queryTimeoutMs: number | undefined
  /** What stands in JSON between the names of the graph and the result. */
  head: object
  /** Prints the result for a person. */
  writer(out: TextStream): ResultWriter
  /** What was noticed before the call. */
  warnings?: readonly string[]
}

/** A command that prints the result of one method while it arrives, however large it is. */
export abstract class CallCommand extends BaseCommand {
  #json: JsonWriter | undefined

  protected async printCall({writer, ...call}: PrintedCall): Promise<void> {
    const {options} = call
    const head = {...graphNames(options), ...call.head}
    const warnings = [...(call.warnings ?? [])]
    this.print([], warnings)
    const out = new TextStream()
    if (this.jsonEnabled()) this.#json = new JsonWriter(out, () => ({...head, ...(warnings.length > 0 && {warnings})}))
    const print = this.#json ?? (this.isQuiet ? SILENT : writer(out))
    const left = new AbortController()
    try {
      const result = await callForItems(
        {...options, signal: options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal},
        {
          args: call.args,
          method: call.method,
          onWarning: (warning) => {
            warnings.push(warning)
            this.print([], [warning])
          },
          queryTimeoutMs: call.queryTimeoutMs,
          take: async (items, kind) => {
            this.endProgress()
            await print.items(items, kind)
            if (out.lost) left.abort()
          },
        },
      )
      await print.end(result)
    } catch (error) {
      if (!left.signal.aborted) throw error // else nobody reads the rest
    }
  }

  protected override async catch(error: Error & {exitCode?: number}): Promise<void> {
    this.fail(error, !this.#json?.begun)
  }

  protected override logJson(): void {
    // The document was written while the result arrived.
  }
}
