import * as Args from '@oclif/core/args'

import {BaseCommand} from '../../cli/base-command.js'
import {confirm} from '../../cli/confirm.js'
import {commonFlags, damageForceFlag, fileFlag, repoFlag, timeoutFlag, workerFlag, yesFlag} from '../../cli/flags.js'
import {requireNamedFile} from '../../cli/named-file.js'
import {restoreQuestion, restoreText} from '../../cli/render/graph-text.js'
import {ServerError} from '../../lib/errors.js'
import {restoreGraph, type RestorePlan, type RestoreResult} from '../../lib/graph-operations/restore.js'

export default class GraphRestore extends BaseCommand {
  static override explicitRepo = true
  static override summary = 'Restore a graph from a backup or a database file.'
  static override description =
    'The whole backup is checked first; a damaged one is refused. The current database is kept as the backup\n' +
    'before-restore-TIME, which can be restored too. If a server of yours runs, it is stopped first and restarted\n' +
    'afterwards. On a terminal the command asks for confirmation.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> --repo demo',
    '<%= config.bin %> <%= command.id %> 20261124T115903123Z --repo demo --yes',
    '<%= config.bin %> <%= command.id %> --file demo.sqlite --repo demo',
  ]

  static override args = {
    backup: Args.string({
      description: 'Name of the backup, or path of a file. Default: the newest intact backup.',
      ignoreStdin: true,
    }),
  }

  static override flags = {
    ...fileFlag,
    ...yesFlag,
    ...repoFlag,
    ...timeoutFlag,
    ...damageForceFlag,
    ...workerFlag,
    ...commonFlags,
  }

  async run(): Promise<RestoreResult> {
    const {args, flags} = await this.parse(GraphRestore)
    if (args.backup !== undefined && flags.file !== undefined)
      throw new ServerError('usage', 'A backup and a file are given; only one of them can be restored')
    if (flags.file !== undefined) requireNamedFile('graph restore --file', flags.file, 'reads')
    const isPath = args.backup?.includes('/') // a name of a backup has no slash
    const options = this.serverOptions(flags)
    const asks = !flags.yes && !this.jsonEnabled()
    let reported: readonly string[] = []
    const ask = (plan: RestorePlan) => {
      reported = plan.warnings
      this.print([], reported)
      return confirm(restoreQuestion(plan), options.signal)
    }

    const result = await restoreGraph({
      ...options,
      backup: isPath ? undefined : args.backup,
      file: isPath ? args.backup : flags.file,
      ...(asks && {confirm: ask}),
    })
    const warnings = result.warnings.filter((warning) => !reported.includes(warning))
    this.print(restoreText(result), warnings)
    return result
  }
}
