import * as Flags from '@oclif/core/flags'

import {BaseCommand} from '../../cli/base-command.js'
import {keepFlag, pagerFlag} from '../../cli/flags.js'
import {callFlags} from '../../cli/graph-flags.js'
import {backupText} from '../../cli/render/graph-text.js'
import {backUpGraph, type BackupResult, graphBackups} from '../../lib/client/backup.js'

export default class GraphBackup extends BaseCommand {
  static override summary = 'Create a backup of a graph, or list its backups.'
  static override description =
    'A backup that you create is kept until you remove it, with `graph backup remove` or --keep. The server also\n' +
    'creates one before its first write; of these the newest 3, one a day for 7 days and one a week for 4 weeks are\n' +
    'kept. Each backup is checked, and damaged ones are marked. `graph restore` restores one.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> --repo demo',
    '<%= config.bin %> <%= command.id %> --repo demo --list',
    '<%= config.bin %> <%= command.id %> --repo demo --keep 10',
  ]

  static override flags = {
    list: Flags.boolean({exclusive: ['keep'], summary: 'Only list existing backups. Does not start a server.'}),
    ...keepFlag,
    ...callFlags,
    ...pagerFlag,
  }

  async run(): Promise<BackupResult> {
    const {flags} = await this.parse(GraphBackup)
    const options = this.serverOptions(flags)
    const result = flags.list
      ? graphBackups(options)
      : await backUpGraph({...options, keep: flags.keep, queryTimeoutMs: flags['query-timeout']})
    await this.printLong(backupText(result), result.warnings)
    return result
  }
}
