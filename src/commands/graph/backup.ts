import * as Flags from '@oclif/core/flags'

import {BaseCommand, scriptPath} from '../../cli/base-command.js'
import {callFlags} from '../../cli/graph-flags.js'
import {backupText} from '../../cli/graph-text.js'
import {backUpGraph, type BackupResult, graphBackups} from '../../lib/client/backup.js'

export default class GraphBackup extends BaseCommand {
  static override summary = 'Make a backup of a graph, or list those there are.'
  static override description =
    'The server makes one by itself, too, before the first write of its life. The newest are kept, in the directory of\n' +
    'the graph. `graph restore` goes back to one.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> --repo demo',
    '<%= config.bin %> <%= command.id %> --repo demo --list',
  ]

  static override flags = {
    list: Flags.boolean({summary: 'Make none, only list those there are. Starts no server.'}),
    ...callFlags,
  }

  async run(): Promise<BackupResult> {
    const {flags} = await this.parse(GraphBackup)
    const options = {...this.serverOptions(flags), workerScript: scriptPath(flags)}
    const result = flags.list ? graphBackups(options) : await backUpGraph(options, flags['query-timeout'])
    this.say(backupText(result))
    return result
  }
}
