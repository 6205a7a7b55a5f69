import {BaseCommand} from '../../cli/base-command.js'
import {commonFlags, forceFlag, repoFlag, timeoutFlag} from '../../cli/flags.js'
import {stopText} from '../../cli/text.js'
import type {StopResult} from '../../lib/lifecycle/results.js'
import {stopServer} from '../../lib/lifecycle/stop.js'

export default class ServerStop extends BaseCommand {
  static override summary = 'Stop a graph’s server, if you own it.'
  static override description =
    'Returns when the process is gone. Requests in flight are completed first. A server that does not respond is stopped ' +
    'by a signal; the result says so.'

  static override examples = ['<%= config.bin %> <%= command.id %> --repo demo']
  static override flags = {...repoFlag, ...timeoutFlag, ...forceFlag, ...commonFlags}

  async run(): Promise<StopResult> {
    const {flags} = await this.parse(ServerStop)
    const result = await stopServer(this.serverOptions(flags))
    this.print(stopText(result), result.warnings)
    return result
  }
}
