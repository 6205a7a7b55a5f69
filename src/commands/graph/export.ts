import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'

import {BaseCommand} from '../../cli/base-command.js'
import {formatOfName} from '../../cli/export-format.js'
import {callFlags} from '../../cli/graph-flags.js'
import {requireNamedFile} from '../../cli/named-file.js'
import {exportText} from '../../cli/render/graph-text.js'
import {exportGraph, type ExportResult} from '../../lib/client/export.js'

export default class GraphExport extends BaseCommand {
  static override summary = 'Copy a graph to a file.'
  static override description =
    'Writes a database that Logseq can import; for FILE.edn, an export in Logseq’s EDN format; with --format datoms,\n' +
    'text with one fact per line for other programs. The graph stays usable meanwhile.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> demo.sqlite --repo demo',
    '<%= config.bin %> <%= command.id %> demo.edn --repo demo',
  ]

  static override args = {
    file: Args.string({description: 'The file to write.', ignoreStdin: true, required: true}),
  }

  static override flags = {
    format: Flags.option({
      options: ['sqlite', 'edn', 'datoms'] as const,
      summary:
        'sqlite: the database; edn: Logseq’s EDN export; datoms: every fact as text. Default: edn for FILE.edn, else sqlite.',
    })(),
    ...callFlags,
    force: Flags.boolean({summary: 'Replace the file if it exists.'}),
  }

  async run(): Promise<ExportResult> {
    const {args, flags} = await this.parse(GraphExport)
    requireNamedFile('graph export', args.file, 'writes')
    const result = await exportGraph({
      ...this.serverOptions({...flags, force: false}), // --force concerns the file only: see docs/decisions/0040-force-of-an-export.md
      file: args.file,
      format: flags.format ?? formatOfName(args.file),
      overwrite: flags.force,
      queryTimeoutMs: flags['query-timeout'],
    })
    this.print(exportText(result))
    return result
  }
}
