import * as Args from '@oclif/core/args'

import {BaseCommand} from '../../cli/base-command.js'
import {commonFlags, damageForceFlag, queryTimeoutFlag, repoFlag, timeoutFlag, workerFlag} from '../../cli/flags.js'
import {importText} from '../../cli/graph-text.js'
import {importGraph} from '../../lib/client/import.js'
import type {ImportResult} from '../../lib/lifecycle/import.js'

export default class GraphImport extends BaseCommand {
  static override explicitRepo = true
  static override summary = 'Create a new graph from a database file or an EDN export.'
  static override description =
    'The file can be an export, a backup, the db.sqlite of a graph that no program has open, or an export in Logseq’s EDN\n' +
    'format. The whole file is checked first. Fails if the graph exists. No server runs afterwards.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> demo.sqlite --repo copy',
    '<%= config.bin %> <%= command.id %> demo.edn --repo copy',
  ]

  static override args = {
    file: Args.string({description: 'The database file or EDN export.', ignoreStdin: true, required: true}),
  }

  static override flags = {
    ...repoFlag,
    ...queryTimeoutFlag,
    ...timeoutFlag,
    ...damageForceFlag,
    ...workerFlag,
    ...commonFlags,
  }

  async run(): Promise<ImportResult> {
    const {args, flags} = await this.parse(GraphImport)
    const result = await importGraph({
      ...this.serverOptions(flags),
      file: args.file,
      queryTimeoutMs: flags['query-timeout'],
    })
    this.print(importText(result), result.warnings)
    return result
  }
}
