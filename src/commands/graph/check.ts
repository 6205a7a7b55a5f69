import * as Flags from '@oclif/core/flags'

import {BaseCommand} from '../../cli/base-command.js'
import {callFlags} from '../../cli/graph-flags.js'
import {checkText} from '../../cli/graph-text.js'
import {checkGraph, type CheckResult} from '../../lib/client/check.js'

export default class GraphCheck extends BaseCommand {
  static override summary = 'Tell whether a graph is sound.'
  static override description =
    'Looks through all that is stored, and repairs nothing. Fails with graph-damaged, exit code 6, when something is\n' +
    'wrong. Others go on reading and writing meanwhile. With --validity it fails with graph-not-valid when there are\n' +
    'entities that Logseq would refuse.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> --repo demo',
    '<%= config.bin %> <%= command.id %> --repo demo --validity',
  ]
  static override flags = {
    ...callFlags,
    validity: Flags.boolean({description: 'Judge each page and block as Logseq does, too.'}),
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
