import {BaseCommand} from '../../cli/base-command.js'
import {commonFlags, pagerFlag} from '../../cli/flags.js'
import {graphListText} from '../../cli/render/graph-text.js'
import {describeGraphs, type GraphList as Listed} from '../../lib/graphs/list.js'

export default class GraphList extends BaseCommand {
  static override summary = 'List DB graphs.'
  static override description = 'Changes nothing, opens no graph, and does not start a server.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json']
  static override flags = {...commonFlags, ...pagerFlag}

  async run(): Promise<Listed> {
    const {flags} = await this.parse(GraphList)
    this.listOptions(flags)
    const result = describeGraphs(flags['data-dir'])
    await this.printLong(
      graphListText(result),
      result.graphs.flatMap(({warnings}) => warnings),
    )
    return result
  }
}
