import * as Flags from '@oclif/core/flags'

import {BaseCommand, hideToken} from '../../cli/base-command.js'
import {commonFlags} from '../../cli/flags.js'
import {listText} from '../../cli/text.js'
import type {ListResult} from '../../lib/lifecycle/results.js'
import {listServers} from '../../lib/lifecycle/status.js'

export default class ServerList extends BaseCommand {
  static override summary = 'List the servers of all graphs.'
  static override description = 'Changes nothing.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --all --json']
  static override flags = {
    all: Flags.boolean({char: 'a', summary: 'Also list graphs without a server.'}),
    ...commonFlags,
  }

  async run(): Promise<ListResult> {
    const {flags} = await this.parse(ServerList)
    const options = this.listOptions(flags)
    const result = await listServers({...options, all: flags.all})
    const shown = {...result, servers: result.servers.map((server) => hideToken(server, flags))}
    this.print(listText(shown, flags.all), shown.warnings)
    return shown
  }
}
