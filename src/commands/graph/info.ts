import {BaseCommand} from '../../cli/base-command.js'
import {commonFlags, repoFlag, tokenFlag} from '../../cli/flags.js'
import {graphInfoText} from '../../cli/render/graph-text.js'
import {hideToken} from '../../cli/server-options.js'
import {graphInfo, type GraphInfo as Info} from '../../lib/client/info.js'

export default class GraphInfo extends BaseCommand {
  static override summary = 'Describe a graph: directory, size, server, backups, counts.'
  static override description =
    'Changes nothing, and does not start a server. Schema version, times and counts are shown if a server runs.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> --repo demo',
    '<%= config.bin %> <%= command.id %> --repo demo --json',
  ]

  static override flags = {...repoFlag, ...commonFlags, ...tokenFlag}

  async run(): Promise<Info> {
    const {flags} = await this.parse(GraphInfo)
    const result = await graphInfo(this.serverOptions(flags))
    const shown = {...result, server: hideToken(result.server, flags)}
    this.print(graphInfoText(shown), shown.warnings)
    return shown
  }
}
