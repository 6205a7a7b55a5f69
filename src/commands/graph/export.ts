import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'

import {BaseCommand} from '../../cli/base-command.js'
import {callFlags} from '../../cli/graph-flags.js'
import {exportText} from '../../cli/graph-text.js'
import {exportGraph, type ExportResult} from '../../lib/client/export.js'

export default class GraphExport extends BaseCommand {
  static override summary = 'Copy a graph into a file.'
  static override description =
    'As a database that Logseq can import, or, with --format edn, as text: every fact, one a line. Others go on reading\n' +
    'and writing meanwhile.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> demo.sqlite --repo demo',
    '<%= config.bin %> <%= command.id %> demo.edn --format edn --repo demo',
  ]

  static override args = {
    file: Args.string({description: 'The file to make.', ignoreStdin: true, required: true}),
  }

  static override flags = {
    format: Flags.option({
      default: 'sqlite',
      options: ['sqlite', 'edn'] as const,
      summary: 'sqlite: the database; edn: every fact as text.',
    })(),
    ...callFlags,
    force: Flags.boolean({summary: 'Replace the file if it is there.'}),
  }

  async run(): Promise<ExportResult> {
    const {args, flags} = await this.parse(GraphExport)
    const result = await exportGraph({
      ...this.serverOptions({...flags, force: false}), // it is about the file: see docs/decisions/0040-force-of-an-export.md
      file: args.file,
      format: flags.format,
      overwrite: flags.force,
      queryTimeoutMs: flags['query-timeout'],
    })
    this.print(exportText(result))
    return result
  }
}
