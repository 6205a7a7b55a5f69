import * as Args from '@oclif/core/args'

import {BaseCommand} from '../../../cli/base-command.js'
import {commonFlags, forceFlag, keepFlag, repoFlag, timeoutFlag} from '../../../cli/flags.js'
import {backupsRemovedText} from '../../../cli/render/graph-text.js'
import {ServerError} from '../../../lib/errors.js'
import {removeBackups, type RemoveResult} from '../../../lib/graph-operations/remove-backups.js'

export default class GraphBackupRemove extends BaseCommand {
  static override explicitRepo = true
  static override summary = 'Remove backups of a graph.'
  static override description =
    'Removes the named backups of any kind or, with --keep, all of your own except the newest. Does not start a server.\n' +
    'If a name is unknown, nothing is removed.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> 20261124T115903123Z --repo demo',
    '<%= config.bin %> <%= command.id %> --keep 10 --repo demo',
  ]

  static override args = {
    backup: Args.string({description: 'Name of a backup. May be repeated.', ignoreStdin: true}),
  }

  static override flags = {
    ...keepFlag,
    ...repoFlag,
    ...timeoutFlag,
    ...forceFlag,
    ...commonFlags,
  }

  static override strict = false

  async run(): Promise<RemoveResult> {
    const {argv, flags} = await this.parse(GraphBackupRemove)
    const names = argv.map(String)
    if (names.length === 0 && flags.keep === undefined) {
      throw new ServerError('usage', 'No backup given', {
        hint: 'Name the backups to remove, or set how many to keep with --keep N. `logseq graph backup --list` shows them.',
      })
    }

    const result = await removeBackups({...this.serverOptions(flags), keep: flags.keep, names})
    this.print(backupsRemovedText(result))
    return result
  }
}
