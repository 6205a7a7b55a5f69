import {BaseCommand} from '../../cli/base-command.js'
import {
  commonFlags,
  createFlag,
  forceFlag,
  leaseFlags,
  logLevelFlag,
  repoFlag,
  timeoutFlag,
  tokenFlag,
  workerFlag,
} from '../../cli/flags.js'
import {keptSettings} from '../../cli/kept-settings.js'
import {startText} from '../../cli/render/server-text.js'
import {hideToken} from '../../cli/server-options.js'
import type {StartResult} from '../../lib/lifecycle/results.js'
import {startServer} from '../../lib/lifecycle/start.js'

export default class ServerStart extends BaseCommand {
  static override summary = 'Start the server of a DB graph, or use the running one.'
  static override description =
    'Returns when the server is ready. A running server is shared, whatever started it; only its owner can stop it. ' +
    'Leftover servers that no lock file names are stopped first.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> --repo demo',
    '<%= config.bin %> <%= command.id %> --repo demo --create',
    '<%= config.bin %> <%= command.id %> --repo demo --json --show-token',
  ]

  static override flags = {
    ...repoFlag,
    ...createFlag,
    ...timeoutFlag,
    ...forceFlag,
    ...workerFlag,
    ...leaseFlags,
    ...logLevelFlag,
    ...commonFlags,
    ...tokenFlag,
  }

  async run(): Promise<StartResult> {
    const {flags} = await this.parse(ServerStart)
    const result = await startServer(this.serverOptions(flags))
    const warnings = [...result.warnings, ...keptSettings(flags, result)]
    const shown = hideToken({...result, warnings}, flags)
    this.print(startText(shown, 'started'), shown.warnings)
    return shown
  }
}
