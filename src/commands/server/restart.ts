import * as Flags from '@oclif/core/flags'

import {BaseCommand, type CommonFlags, hideToken} from '../../cli/base-command.js'
import {worstExitCode} from '../../cli/exit-code.js'
import {commonFlags, forceFlag, leaseFlags, logLevelFlag, repoFlag, timeoutFlag, workerFlag} from '../../cli/flags.js'
import {restartOutdatedText, startText} from '../../cli/text.js'
import {restartOutdated, type RestartOutdatedResult} from '../../lib/lifecycle/restart-outdated.js'
import {restartServer} from '../../lib/lifecycle/restart.js'
import type {StartResult} from '../../lib/lifecycle/results.js'

export default class ServerRestart extends BaseCommand {
  static override summary = 'Stop a graph’s server, if you own it, and start a new one.'
  static override description =
    'If no server runs, one is started. With --outdated, all your servers that another build of this program started ' +
    'are replaced; with --repo also, only that one.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> --repo demo',
    '<%= config.bin %> <%= command.id %> --outdated',
  ]

  static override flags = {
    outdated: Flags.boolean({
      exclusive: ['lifetime', 'owner-pid'],
      summary: 'Replace only your servers of other builds.',
    }),
    ...repoFlag,
    ...timeoutFlag,
    ...forceFlag,
    ...workerFlag,
    ...leaseFlags,
    ...logLevelFlag,
    ...commonFlags,
  }

  async run(): Promise<RestartOutdatedResult | StartResult> {
    const {flags} = await this.parse(ServerRestart)
    if (flags.outdated) return this.#restartOutdated(flags)
    const result = await restartServer(this.serverOptions(flags))
    const shown = hideToken(result, flags)
    this.print(startText(shown, 'restarted'), shown.warnings)
    return shown
  }

  async #restartOutdated(flags: CommonFlags): Promise<RestartOutdatedResult> {
    const {create: _, lifetime: __, ...options} = this.allOptions(flags)
    const result = await restartOutdated({...options, repo: flags.repo})
    const shown = {
      ...result,
      servers: result.servers.map((server) => (server.outcome === 'restarted' ? hideToken(server, flags) : server)),
    }
    this.print(
      restartOutdatedText(shown),
      shown.servers.flatMap((server) => (server.outcome === 'restarted' ? server.warnings : [])),
    )
    const failures = shown.servers.filter((server) => server.outcome === 'failed')
    process.exitCode = worstExitCode(failures.map(({error}) => error.code))
    return shown
  }
}
