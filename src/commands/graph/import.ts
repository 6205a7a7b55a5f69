import * as Args from '@oclif/core/args'

import {BaseCommand} from '../../cli/base-command.js'
import {commonFlags, damageForceFlag, repoFlag, timeoutFlag} from '../../cli/flags.js'
import {importText} from '../../cli/graph-text.js'
import {importGraph, type ImportResult} from '../../lib/lifecycle/import.js'

export default class GraphImport extends BaseCommand {
  static override summary = 'Make a new graph from a database file.'
  static override description =
    'From a file that `graph export` has made, from a backup, or from the db.sqlite of a graph that nobody has open. The\n' +
    'whole file is checked first. Fails when there is a graph of that name. Starts no server.'

  static override examples = ['<%= config.bin %> <%= command.id %> demo.sqlite --repo copy']

  static override args = {
    file: Args.string({description: 'The database file.', ignoreStdin: true, required: true}),
  }

  static override flags = {...repoFlag, ...timeoutFlag, ...damageForceFlag, ...commonFlags}

  async run(): Promise<ImportResult> {
    const {args, flags} = await this.parse(GraphImport)
    const result = await importGraph({...this.serverOptions(flags), file: args.file})
    this.print(importText(result), result.warnings)
    return result
  }
}
