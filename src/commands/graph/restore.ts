import * as Args from '@oclif/core/args'

import {BaseCommand, scriptPath} from '../../cli/base-command.js'
import {commonFlags, forceFlag, repoFlag, timeoutFlag, workerFlag} from '../../cli/flags.js'
import {restoreText} from '../../cli/graph-text.js'
import {restoreGraph, type RestoreResult} from '../../lib/lifecycle/restore.js'

export default class GraphRestore extends BaseCommand {
  static override summary = 'Go back to a backup of a graph.'
  static override description =
    'The database as it is now is kept beside the backups. A server that runs is stopped first, if it is yours, and\n' +
    'started again.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> --repo demo',
    '<%= config.bin %> <%= command.id %> 20261124T115903123Z --repo demo',
  ]

  static override args = {
    backup: Args.string({description: 'Name of the backup; the newest unless given.', ignoreStdin: true}),
  }

  static override flags = {...repoFlag, ...timeoutFlag, ...forceFlag, ...workerFlag, ...commonFlags}

  async run(): Promise<RestoreResult> {
    const {args, flags} = await this.parse(GraphRestore)
    const result = await restoreGraph({
      ...this.serverOptions(flags),
      backup: args.backup,
      workerScript: scriptPath(flags),
    })
    this.say(restoreText(result), result.warnings)
    return result
  }
}
