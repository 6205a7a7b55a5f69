import * as Args from '@oclif/core/args'

import {BaseCommand} from '../cli/base-command.js'
import {completionScript, setUpLine, type Shell, SHELLS} from '../cli/completion/scripts.js'
import {outputFlag} from '../cli/flags.js'

/** Result of `completion --json`. */
interface CompletionResult {
  /** Present if a shell was named. */
  script?: string
  /** Command to run, by shell. */
  'set-up': Record<string, string>
}

export default class Completion extends BaseCommand {
  static override summary = 'Print the completion script of a shell.'
  static override description =
    'Completes commands, flags and their values, graphs, backups, methods and files. Without a shell, prints how to set it up.'

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    'eval "$(<%= config.bin %> <%= command.id %> bash)"',
    'mkdir -p ~/.config/fish/completions && <%= config.bin %> <%= command.id %> fish > ~/.config/fish/completions/<%= config.bin %>.fish',
  ]

  static override args = {
    shell: Args.string({description: 'Shell that will read the script.', ignoreStdin: true, options: [...SHELLS]}),
  }

  static override flags = {...outputFlag}

  async run(): Promise<CompletionResult> {
    const {args} = await this.parse(Completion)
    const {bin} = this.config
    const setUp = Object.fromEntries(SHELLS.map((shell) => [shell, setUpLine(shell, bin)]))
    if (args.shell === undefined) {
      this.print([
        'Run the line for your shell once:',
        ...SHELLS.map((shell) => `  ${shell.padEnd(4)}  ${setUp[shell]!}`),
      ])
      return {'set-up': setUp}
    }

    const script = completionScript(args.shell as Shell, bin)
    this.print([script.trimEnd()])
    return {script, 'set-up': setUp}
  }
}
