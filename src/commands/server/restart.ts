import {BaseCommand, hideToken} from '../../cli/base-command.js'
import {commonFlags, forceFlag, leaseFlags, logLevelFlag, repoFlag, timeoutFlag, workerFlag} from '../../cli/flags.js'
import {startText} from '../../cli/text.js'
import {restartServer} from '../../lib/lifecycle/restart.js'
import type {StartResult} from '../../lib/lifecycle/results.js'

export default class ServerRestart extends BaseCommand {
  static override summary = 'Stop a graph’s server, if you own it, and start a new one.'
  static override description = 'If no server runs, one is started.'
  static override examples = ['<%= config.bin %> <%= command.id %> --repo demo']
  static override flags = {
    ...repoFlag,
    ...timeoutFlag,
    ...forceFlag,
    ...workerFlag,
    ...leaseFlags,
    ...logLevelFlag,
    ...commonFlags,
  }

  async run(): Promise<StartResult> {
    const {flags} = await this.parse(ServerRestart)
    const result = await restartServer(this.serverOptions(flags))
    const shown = hideToken(result, flags)
    this.print(startText(shown, 'restarted'), shown.warnings)
    return shown
  }
}
