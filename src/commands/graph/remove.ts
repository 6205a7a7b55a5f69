import {BaseCommand} from '../../cli/base-command.js'
import {followGraph} from '../../cli/config-file.js'
import {confirm} from '../../cli/confirm.js'
import {commonFlags, forceFlag, repoFlag, timeoutFlag, yesFlag} from '../../cli/flags.js'
import {graphRemoveText, removalQuestion} from '../../cli/render/graph-text.js'
import {removeGraph, type RemoveGraphResult} from '../../lib/graph-operations/remove.js'

export default class GraphRemove extends BaseCommand {
  static override explicitRepo = true
  static override summary = 'Move a graph to the directory of removed graphs.'
  static override description =
    'Nothing is deleted: the graph is moved, with its backups, to "Unlinked graphs" beside the graphs. The output ' +
    'has the command that puts it back. If a server of yours runs, it is stopped first. On a terminal the command ' +
    'asks for confirmation. Requires --repo or LOGSEQ_CLI_REPO: the current graph of `graph switch` is not used.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> --repo demo',
    '<%= config.bin %> <%= command.id %> --repo demo --yes',
  ]

  static override flags = {...yesFlag, ...repoFlag, ...timeoutFlag, ...forceFlag, ...commonFlags}

  async run(): Promise<RemoveGraphResult> {
    const {flags} = await this.parse(GraphRemove)
    const options = this.serverOptions(flags)
    const asks = !flags.yes && !this.jsonEnabled()
    const removed = await removeGraph({
      ...options,
      ...(asks && {confirm: (plan) => confirm(removalQuestion(plan), options.signal)}),
    })
    const warnings = [...removed.warnings, ...followGraph(this.configFile, flags['data-dir'], removed.graph)]
    const result = {...removed, warnings}
    this.print(graphRemoveText(result), warnings)
    return result
  }
}
