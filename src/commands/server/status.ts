import * as Flags from '@oclif/core/flags'

import {BaseCommand} from '../../cli/base-command.js'
import {statusExitCode} from '../../cli/exit-code.js'
import {commonFlags, repoFlag, tokenFlag} from '../../cli/flags.js'
import {statusText} from '../../cli/render/server-text.js'
import {hideToken} from '../../cli/server-options.js'
import type {StatusResult} from '../../lib/lifecycle/results.js'
import {serverStatus} from '../../lib/lifecycle/status.js'

export default class ServerStatus extends BaseCommand {
  static override summary = 'Show whether a graph’s server runs, and where.'
  static override description = 'Changes nothing.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> --repo demo',
    '<%= config.bin %> <%= command.id %> --repo demo --exit-code --quiet && echo running',
  ]

  static override flags = {
    ...repoFlag,
    'exit-code': Flags.boolean({summary: 'Exit with 0 if it runs, 3 if not, 5 if it is out of reach.'}),
    ...commonFlags,
    ...tokenFlag,
  }

  async run(): Promise<StatusResult> {
    const {flags} = await this.parse(ServerStatus)
    const result = hideToken(await serverStatus(this.serverOptions(flags)), flags)
    this.print(statusText(result), result.warnings)
    if (flags['exit-code']) process.exitCode = statusExitCode(result.status)
    return result
  }
}
