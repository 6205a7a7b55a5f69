import * as Flags from '@oclif/core/flags'

import {BaseCommand} from '../../cli/base-command.js'
import {commonFlags, everywhereFlag, pagerFlag, tokenFlag} from '../../cli/flags.js'
import {RedrawnText} from '../../cli/render/redrawn-text.js'
import {listText} from '../../cli/render/server-text.js'
import {type CommonFlags, hideToken} from '../../cli/server-options.js'
import {stdout} from '../../cli/stdio.js'
import {listEverywhere} from '../../lib/lifecycle/all-servers.js'
import type {ListResult} from '../../lib/lifecycle/results.js'
import {listServers} from '../../lib/lifecycle/status.js'
import {differs, watchServers} from '../../lib/lifecycle/watch.js'

export default class ServerList extends BaseCommand {
  static override summary = 'List the servers of all graphs.'
  static override description =
    'Changes nothing. With --watch on a terminal, updates the list until Ctrl-C. Elsewhere --watch prints the ' +
    'list again when it changes; with --json, each list is one line.'

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --all --json',
    '<%= config.bin %> <%= command.id %> --watch',
    '<%= config.bin %> <%= command.id %> --everywhere',
  ]

  static override flags = {
    all: Flags.boolean({char: 'a', summary: 'Also list graphs without a server.'}),
    ...everywhereFlag,
    watch: Flags.boolean({char: 'w', summary: 'Keep the list up to date, until Ctrl-C.'}),
    ...commonFlags,
    ...pagerFlag,
    ...tokenFlag,
  }

  async run(): Promise<ListResult | undefined> {
    const {flags} = await this.parse(ServerList)
    if (flags.watch) return this.#watch(flags)
    const {dataDir, report, requester} = this.allOptions(flags)
    report?.progress(`Waiting for the servers of ${String(dataDir)} to respond`)
    const list = flags.everywhere ? listEverywhere : listServers
    const shown = shownOf(await list({all: flags.all, dataDir, requester}), flags)
    await this.printLong(listText(this.withHints(shown), flags.all), shown.warnings)
    return shown
  }

  /** Prints each list itself, so that there is no result. */
  async #watch(flags: CommonFlags & {all: boolean}): Promise<undefined> {
    const {dataDir, requester, signal} = this.allOptions(flags)
    const out = stdout.stream
    const redraws = out.isTTY && process.env['TERM'] !== 'dumb' && !this.jsonEnabled()
    const screen = new RedrawnText(out)
    let last: ListResult | undefined
    for await (const list of watchServers({all: flags.all, dataDir, requester, signal})) {
      if (stdout.isLost) return
      const shown = shownOf(list, flags)
      if (!redraws && !differs(last, shown)) continue
      const lines = listText(this.withHints(shown), flags.all)
      const warnings = last ? [] : shown.warnings
      if (this.jsonEnabled()) this.logJson(shown)
      else if (redraws) {
        this.print([], warnings)
        screen.draw(lines)
      } else this.print([...(last ? [''] : []), ...lines], warnings)
      last = shown
    }

    this.endByCaller()
  }
}

function shownOf(result: ListResult, flags: CommonFlags): ListResult {
  return {...result, servers: result.servers.map((server) => hideToken(server, flags))}
}
