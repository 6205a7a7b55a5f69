import {callForItems, graphNames} from '../lib/client/call.js'
import type {ServerOptions} from '../lib/lifecycle/operation.js'
import type {Value} from '../values/types.js'
import {BaseCommand} from './base-command.js'
import {DocumentWriter, type ResultWriter, SILENT} from './render/result-writers.js'
import {TextStream} from './render/text-stream.js'

/** Call, and how to print its result. */
interface PrintedCall {
  args: readonly Value[]
  /** True if nil stands for an empty result. */
  isNilEmpty?: boolean
  method: string
  options: ServerOptions
  queryTimeoutMs: number | undefined
  /** Fields that precede the result in JSON. */
  head: object
  /** Creates the printer for a person. */
  writer(out: TextStream): ResultWriter
  /** Warnings from before the call. */
  warnings?: readonly string[]
}

/** Base of commands that print the result of one method while it arrives, whatever its size. */
export abstract class CallCommand extends BaseCommand {
  #document: DocumentWriter | undefined

  protected async printCall({writer, ...call}: PrintedCall): Promise<void> {
    const {options} = call
    const head = {...graphNames(options), ...call.head}
    const warnings = [...(call.warnings ?? [])]
    this.print([], warnings)
    const out = new TextStream(this.pages ? (await import('./pager.js')).pagedOutput() : undefined)
    const {format} = this
    if (format !== 'human')
      this.#document = new DocumentWriter(out, format, () => ({...head, ...(warnings.length > 0 && {warnings})}))
    const print = this.#document ?? (this.isQuiet ? SILENT : writer(out))
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
      const isNil = 'value' in result && result.value === null
      await print.end(call.isNilEmpty && isNil ? {kind: 'vector'} : result)
      await out.end()
    } catch (error) {
      if (!left.signal.aborted) throw error // otherwise the rest of the response is not read
    }
  }

  protected override async catch(error: Error & {exitCode?: number}): Promise<void> {
    this.fail(error, !this.#document?.begun)
  }

  protected override logJson(): void {
    // The document was written while the result arrived.
  }
}
