import {BaseCommand} from '../../cli/base-command.js'
import {commonFlags, forceFlag, repoFlag, timeoutFlag, tokenFlag, workerFlag} from '../../cli/flags.js'
import {graphCreateText} from '../../cli/render/graph-text.js'
import {hideToken} from '../../cli/server-options.js'
import {createGraph} from '../../lib/graph-operations/create.js'
import type {StartResult} from '../../lib/lifecycle/results.js'

export default class GraphCreate extends BaseCommand {
  static override explicitRepo = true
  static override summary = 'Create a new DB graph, and start its server.'
  static override description =
    'Fails if the graph exists. `server start --create` creates it only if it does not exist.'
  static override examples = ['<%= config.bin %> <%= command.id %> --repo demo']
  static override flags = {...repoFlag, ...timeoutFlag, ...forceFlag, ...workerFlag, ...commonFlags, ...tokenFlag}

  async run(): Promise<StartResult> {
    const {flags} = await this.parse(GraphCreate)
    const result = await createGraph(this.serverOptions(flags))
    const shown = hideToken(result, flags)
    this.print(graphCreateText(shown), shown.warnings)
    return shown
  }
}
