import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'

import {BaseCommand} from '../../cli/base-command.js'
import {currentGraph, type CurrentGraph, switchGraph} from '../../cli/current-graph.js'
import {commonFlags} from '../../cli/flags.js'
import {graphSwitchText} from '../../cli/render/graph-text.js'
import {ServerError} from '../../lib/errors.js'

export default class GraphSwitch extends BaseCommand {
  static override summary = 'Choose the graph that commands without --repo use.'
  static override description =
    'Without a name, shows the current graph; - switches back to the previous one. The name is stored as `repo` ' +
    'in the configuration file, and with --data-dir the directory, too. --repo and LOGSEQ_CLI_REPO take ' +
    'precedence. Commands that create, remove, rename, restore or import a graph, or remove backups, do not use ' +
    'the current graph.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> demo',
    '<%= config.bin %> <%= command.id %> -',
    '<%= config.bin %> <%= command.id %> --unset',
  ]

  static override args = {
    name: Args.string({description: 'Name of the graph, or - for the previous one.', ignoreStdin: true}),
  }

  static override flags = {
    unset: Flags.boolean({summary: 'Clear the current graph.'}),
    ...commonFlags,
  }

  async run(): Promise<CurrentGraph> {
    const {args, flags} = await this.parse(GraphSwitch)
    this.listOptions(flags)
    if (args.name !== undefined && flags.unset)
      throw new ServerError('usage', 'A graph and --unset are given', {hint: 'Remove one of them.'})
    const place = {dataDir: flags['data-dir'], keepsDataDir: this.isGiven('data-dir')}
    const shows = args.name === undefined && !flags.unset
    const result = shows ? currentGraph(this.configFile, place) : switchGraph(this.configFile, args.name, place)
    this.print(graphSwitchText(result), result.warnings)
    return result
  }
}
