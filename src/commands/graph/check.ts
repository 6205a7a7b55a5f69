import * as Flags from '@oclif/core/flags'

import {BaseCommand} from '../../cli/base-command.js'
import {callFlags} from '../../cli/graph-flags.js'
import {checkText} from '../../cli/render/graph-text.js'
import {checkGraph, type CheckResult} from '../../lib/client/check.js'

export default class GraphCheck extends BaseCommand {
  static override summary = 'Check a graph’s integrity.'
  static override description =
    'Checks all stored data and repairs nothing. Fails with graph-damaged, exit code 6, if something is wrong. The graph\n' +
    'stays usable meanwhile. With --validity, fails with graph-not-valid if there are entities that Logseq would\n' +
    'refuse.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> --repo demo',
    '<%= config.bin %> <%= command.id %> --repo demo --validity',
  ]
  static override flags = {
    ...callFlags,
    validity: Flags.boolean({description: 'Also validate each page and block as Logseq does.'}),
  }

  async run(): Promise<CheckResult> {
    const {flags} = await this.parse(GraphCheck)
    const result = await checkGraph({
      ...this.serverOptions(flags),
      queryTimeoutMs: flags['query-timeout'],
      validity: flags.validity,
    })
    this.print(checkText(result))
    return result
  }
}
