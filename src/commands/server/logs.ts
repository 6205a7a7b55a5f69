import * as Flags from '@oclif/core/flags'

import {BaseCommand} from '../../cli/base-command.js'
import {commonFlags, pagerFlag, repoFlag} from '../../cli/flags.js'
import {linesFlag, sinceFlag} from '../../cli/log-flags.js'
import {documentText} from '../../cli/output.js'
import {logLineText, logText} from '../../cli/render/log-text.js'
import {TextStream} from '../../cli/render/text-stream.js'
import {stdout} from '../../cli/stdio.js'
import {followLogs, type LogOptions, type LogResult, readLogs} from '../../lib/lifecycle/logs.js'

export default class ServerLogs extends BaseCommand {
  static override summary = 'Print the last lines of the log of a graph’s servers.'
  static override description =
    'The log has the starts and stops of servers, and their failures. --follow prints each new line as it is ' +
    'written, until Ctrl-C. With --follow and --json, each line is one JSON object.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> --repo demo',
    '<%= config.bin %> <%= command.id %> --repo demo --since 10m',
    '<%= config.bin %> <%= command.id %> --repo demo --follow',
  ]

  static override flags = {
    ...repoFlag,
    follow: Flags.boolean({char: 'f', summary: 'Keep printing new lines, until Ctrl-C.'}),
    ...linesFlag,
    ...sinceFlag,
    ...commonFlags,
    ...pagerFlag,
  }

  #following = false

  async run(): Promise<LogResult | undefined> {
    const {flags} = await this.parse(ServerLogs)
    const {dataDir, repo, signal} = this.serverOptions(flags)
    const options: LogOptions = {dataDir, lines: flags.lines, repo, signal, since: flags.since}
    if (flags.follow) return this.#follow(options)
    const result = readLogs(options)
    await this.printLong(logText(result))
    return result
  }

  async #follow(options: LogOptions): Promise<undefined> {
    this.#following = true
    const out = new TextStream(stdout.stream)
    for await (const line of followLogs(options)) {
      await out.write(`${this.format === 'human' ? logLineText(line) : documentText(line, this.format)}\n`)
      await out.flush()
      if (out.lost) return // its reader has left
    }

    this.endByCaller()
  }

  protected override logJson(json: unknown): void {
    if (!this.#following) super.logJson(json)
  }
}
