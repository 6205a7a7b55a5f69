import * as Flags from '@oclif/core/flags'

import {BaseCommand} from '../../cli/base-command.js'
import {worstExitCode} from '../../cli/exit-code.js'
import {
  allServersFlags,
  commonFlagsOfAll,
  forceFlag,
  leaseFlags,
  logLevelFlag,
  repoFlag,
  timeoutFlag,
  tokenFlag,
  workerFlag,
} from '../../cli/flags.js'
import {noServersText, restartAllText, startText} from '../../cli/render/server-text.js'
import {type CommonFlags, hideToken} from '../../cli/server-options.js'
import {type RestartAllResult, restartOutdated, restartServers} from '../../lib/lifecycle/restart-all.js'
import {restartServer} from '../../lib/lifecycle/restart.js'
import type {StartResult} from '../../lib/lifecycle/results.js'

export default class ServerRestart extends BaseCommand {
  static override summary = 'Stop a graph’s server, if you own it, and start a new one.'
  static override description =
    'Starts a server if none runs. --all replaces all your running servers, one after the other. --outdated ' +
    'replaces only those of another build of this program; with --repo, only the server of that graph. The exit ' +
    'code is then the greatest of the failures.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> --repo demo',
    '<%= config.bin %> <%= command.id %> --all',
    '<%= config.bin %> <%= command.id %> --outdated',
  ]

  static override flags = {
    ...repoFlag,
    ...allServersFlags,
    outdated: Flags.boolean({
      exclusive: ['lifetime', 'owner-pid'],
      summary: 'Replace only your servers of other builds.',
    }),
    ...timeoutFlag,
    ...forceFlag,
    ...workerFlag,
    ...leaseFlags,
    ...logLevelFlag,
    ...commonFlagsOfAll,
    ...tokenFlag,
  }

  async run(): Promise<RestartAllResult | StartResult> {
    const {flags} = await this.parse(ServerRestart)
    if (flags.all || flags.outdated) return this.#restartAll(flags)
    const result = await restartServer(this.serverOptions(flags))
    const shown = hideToken(result, flags)
    this.print(startText(shown, 'restarted'), shown.warnings)
    return shown
  }

  async #restartAll(flags: CommonFlags & {everywhere?: boolean; outdated?: boolean}): Promise<RestartAllResult> {
    const {create: _, lifetime: __, ...given} = this.allOptions(flags)
    const options = {...given, dataDir: flags['data-dir'], everywhere: flags.everywhere ?? false}
    const result = await (flags.outdated ? restartOutdated({...options, repo: flags.repo}) : restartServers(options))
    const shown = {
      ...result,
      servers: result.servers.map((server) => (server.outcome === 'restarted' ? hideToken(server, flags) : server)),
    }
    const none = flags.outdated ? 'No server is of another build than this program.' : noServersText(shown['data-dir'])
    this.print(
      restartAllText(this.withHints(shown), none),
      shown.servers.flatMap((server) => (server.outcome === 'restarted' ? server.warnings : [])),
    )
    const failures = shown.servers.filter((server) => server.outcome === 'failed')
    process.exitCode = worstExitCode(failures.map(({error}) => error.code))
    return shown
  }
}
