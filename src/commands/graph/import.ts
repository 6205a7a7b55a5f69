import * as Args from '@oclif/core/args'

import {BaseCommand} from '../../cli/base-command.js'
import {commonFlags, damageForceFlag, repoFlag, timeoutFlag} from '../../cli/flags.js'
import {requireNamedFile} from '../../cli/named-file.js'
import {importText} from '../../cli/render/graph-text.js'
import {importGraph, type ImportResult} from '../../lib/graph-operations/import.js'

export default class GraphImport extends BaseCommand {
  static override explicitRepo = true
  static override summary = 'Create a new graph from a database file or an EDN export.'
  static override description =
    'The file can be an export in any format, a backup, the db.sqlite of a graph that no program has open, or an EDN export\n' +
    'of Logseq. The whole file is checked first. Fails if the graph exists. Does not start a server.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> demo.sqlite --repo copy',
    '<%= config.bin %> <%= command.id %> demo.edn --repo copy',
  ]

  static override args = {
    file: Args.string({description: 'The database file or EDN export.', ignoreStdin: true, required: true}),
  }

  static override flags = {...repoFlag, ...timeoutFlag, ...damageForceFlag, ...commonFlags}

  async run(): Promise<ImportResult> {
    const {args, flags} = await this.parse(GraphImport)
    requireNamedFile('graph import', args.file, 'reads')
    const result = await importGraph({...this.serverOptions(flags), file: args.file})
    this.print(importText(result), result.warnings)
    return result
  }
}
