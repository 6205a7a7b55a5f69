import * as Args from '@oclif/core/args'

import {BaseCommand} from '../../cli/base-command.js'
import {followGraph} from '../../cli/config-file.js'
import {commonFlags, forceFlag, repoFlag, timeoutFlag, workerFlag} from '../../cli/flags.js'
import {graphRenameText} from '../../cli/render/graph-text.js'
import {ServerError} from '../../lib/errors.js'
import {renameGraph, type RenameGraphResult} from '../../lib/graph-operations/rename.js'

export default class GraphRename extends BaseCommand {
  static override explicitRepo = true
  static override summary = 'Rename a graph.'
  static override description =
    'The directory of the graph is renamed in one step. If a server of yours runs, it is stopped first and ' +
    'started again under the new name. Requires --repo or LOGSEQ_CLI_REPO: the current graph of `graph switch` is ' +
    'not used.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> journal --repo demo',
    `<%= config.bin %> <%= command.id %> 'my notes' --repo demo --json`,
  ]

  static override args = {
    name: Args.string({description: 'New name of the graph.', ignoreStdin: true, required: true}),
  }

  static override flags = {...repoFlag, ...timeoutFlag, ...forceFlag, ...workerFlag, ...commonFlags}

  async run(): Promise<RenameGraphResult> {
    const {args, flags} = await this.parse(GraphRename)
    const follow = ({graph, 'renamed-from': from}: {graph: string; 'renamed-from': string}) =>
      followGraph(this.configFile, flags['data-dir'], from, graph)
    const renamed = await renameGraph({...this.serverOptions(flags), to: args.name}).catch((error: unknown) => {
      if (isRenamed(error)) follow(error.details)
      throw error
    })
    const warnings = [...renamed.warnings, ...follow(renamed)]
    const result = {...renamed, warnings}
    this.print(graphRenameText(result), warnings)
    return result
  }
}

/** Returns true for the error of a start after the graph was renamed. */
function isRenamed(error: unknown): error is ServerError & {details: {graph: string; 'renamed-from': string}} {
  return error instanceof ServerError && error.details['renamed-from'] !== undefined
}
