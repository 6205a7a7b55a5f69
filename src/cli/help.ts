import {stripVTControlCharacters} from 'node:util'
import type {Command} from '@oclif/core/command'
import type {Config} from '@oclif/core/config'
import {CommandHelp, Help} from '@oclif/core/help'

/** Widest line of a help text. */
const COLUMNS = 80

/**
 * Tells the help of a command or topic, as a text that fits 80 columns.
 * @param path the words of the command or topic; none for the whole program
 * @param nested list the commands of topics, too
 */
export async function helpText(config: Config, path: readonly string[], nested: boolean): Promise<string> {
  const help = new LinesOfHelp(config, {all: nested, maxWidth: Math.min(COLUMNS, process.stdout.columns ?? COLUMNS)})
  await help.showHelp(path.length === 0 ? [] : [path.join(':')])
  const text = `${help.lines.join('\n').trimEnd()}\n`
  return process.stdout.isTTY ? text : stripVTControlCharacters(text)
}

/** The help of a command: a short usage line, a description that wraps at words, and each spelling of a flag. */
class OurCommandHelp extends CommandHelp {
  protected override defaultUsage(): string {
    const {args, flags, strict} = this.command
    const words = Object.values(args).map((arg) =>
      strict === false && !arg.required ? `[${arg.name.toUpperCase()}...]` : this.arg(arg),
    )
    return ['<%= command.id %>', ...words, ...(flags['repo'] ? ['--repo NAME'] : []), '[FLAGS]'].join(' ')
  }

  protected override description(): string | undefined {
    const {description} = this.command
    return description === undefined ? undefined : this.wrap(description.replaceAll(/([^\n])\n(?=[^\n])/g, '$1 '))
  }

  protected override flags(flags: Command.Flag.Any[]): [string, string | undefined][] | undefined {
    return super.flags(flags.map((flag) => withAliases(flag)))
  }
}

function withAliases(flag: Command.Flag.Any): Command.Flag.Any {
  const others = [
    ...(flag.charAliases ?? []).map((char) => `-${char}`),
    ...(flag.aliases ?? []).map((name) => `--${name}`),
  ]
  return others.length === 0 ? flag : {...flag, summary: `${flag.summary ?? ''} Also: ${others.join(', ')}.`}
}

/** oclif's help, as lines instead of on stdout. */
class LinesOfHelp extends Help {
  readonly lines: string[] = []
  protected override CommandHelpClass = OurCommandHelp

  override formatRoot(): string {
    return super.formatRoot().replace(/^.*/, (summary) => this.wrap(summary, 0))
  }

  protected override log(...lines: string[]): void {
    this.lines.push(...lines)
  }
}
