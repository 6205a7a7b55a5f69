import * as Flags from '@oclif/core/flags'

import {BaseCommand} from '../../cli/base-command.js'
import {worstExitCode} from '../../cli/exit-code.js'
import {allServersFlags, commonFlagsOfAll, forceFlag, repoFlag, timeoutFlag} from '../../cli/flags.js'
import {notRunningText, stopAllText, stopText} from '../../cli/render/server-text.js'
import type {NotRunningResult, StopResult} from '../../lib/lifecycle/results.js'
import {type StopAllResult, stopServers} from '../../lib/lifecycle/stop-all.js'
import {stopIfRunning, stopServer} from '../../lib/lifecycle/stop.js'

export default class ServerStop extends BaseCommand {
  static override summary = 'Stop a graph’s server, if you own it.'
  static override description =
    'Returns when the process is gone. Requests in flight are completed first. A server that does not respond is ' +
    'stopped by a signal; the result says so. With --all, your servers of all graphs are stopped, and those of ' +
    'other owners keep running. The exit code is then the greatest of the failures.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> --repo demo',
    '<%= config.bin %> <%= command.id %> --repo demo --ignore-not-running',
    '<%= config.bin %> <%= command.id %> --all',
  ]

  static override flags = {
    ...repoFlag,
    ...allServersFlags,
    'ignore-not-running': Flags.boolean({summary: 'Exit with 0, too, if no server runs.'}),
    ...timeoutFlag,
    ...forceFlag,
    ...commonFlagsOfAll,
  }

  async run(): Promise<NotRunningResult | StopAllResult | StopResult> {
    const {flags} = await this.parse(ServerStop)
    if (flags.all)
      return this.#stopAll(
        await stopServers({...this.allOptions(flags), dataDir: flags['data-dir'], everywhere: flags.everywhere}),
      )
    const options = this.serverOptions(flags)
    const result = await (flags['ignore-not-running'] ? stopIfRunning(options) : stopServer(options))
    this.print('pid' in result ? stopText(result) : notRunningText(result), result.warnings)
    return result
  }

  #stopAll(result: StopAllResult): StopAllResult {
    const failures = result.servers.filter((server) => server.outcome === 'failed')
    this.print(stopAllText(this.withHints(result)))
    process.exitCode = worstExitCode(failures.map(({error}) => error.code))
    return result
  }
}
