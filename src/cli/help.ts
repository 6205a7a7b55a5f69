import {stripVTControlCharacters} from 'node:util'
import type {Command} from '@oclif/core/command'
import type {Config} from '@oclif/core/config'
import {CommandHelp, Help} from '@oclif/core/help'

import {METHOD_NAMES, methodName, usageOf} from '../protocol/methods/all.js'
import {present} from '../values/present.js'
import {HELP_COMMAND} from './line/spec.js'
import {showsColours} from './output.js'
import {stdout} from './stdio.js'

/** Maximum width of help text, in characters. */
const COLUMNS = 80

/** Minimum width of oclif's layout: it cuts its templates in a narrower one. Lines are then wrapped again. */
const MIN_COLUMNS = 38

/** Returns the width of the help. */
function columnsOfHelp(): number {
  return Math.min(COLUMNS, stdout.stream.columns || COLUMNS) // a terminal may report 0
}

/** Height of a small terminal. Longer help says where more is. */
const ROWS = 24

/** Returns the last section of a long help: all that a screen without a pager may still show. */
function whereMoreIs(bin: string, lines: number): string[] {
  return [
    '',
    'MORE',
    `  This help has ${lines} lines. A terminal shows it in a pager; elsewhere add | less.`,
    `  \`${bin} help\` lists the commands. The package has every flag and examples in`,
    '  docs/cli/logseq-cli.md, and every error in docs/errors.md.',
  ]
}

/**
 * Returns the help of a command or topic, at most 80 columns wide. In a narrow terminal its lines break at words.
 * @param path words of the command or topic; empty for the whole program
 * @param nested include the commands of topics
 */
export async function helpText(config: Config, path: readonly string[], nested: boolean): Promise<string> {
  const columns = columnsOfHelp()
  const help = new LinesOfHelp(config, {
    all: nested,
    maxWidth: Math.max(MIN_COLUMNS, columns < COLUMNS ? columns - 2 : columns),
  })
  await help.showHelp(path.length === 0 ? [] : [path.join(':')])
  const lines = wrapLines(help.lines.join('\n').trimEnd().split('\n'), columns)
  const more = lines.length > ROWS ? wrapLines(whereMoreIs(config.bin, lines.length), columns) : []
  const text = `${[...lines, ...more].join('\n')}\n`
  return showsColours(stdout, process.env) ? text : stripVTControlCharacters(text)
}

/** Wraps lines at words, and keeps their indentation. Examples are left as they are: they break where a shell can read it. */
function wrapLines(lines: readonly string[], columns: number): string[] {
  let isExample = false
  return lines.flatMap((line) => {
    const plain = stripVTControlCharacters(line)
    if (/^\S/.test(plain)) isExample = plain === 'EXAMPLES'
    return isExample || plain.length <= columns ? [line] : wrapLine(line, columns)
  })
}

function wrapLine(line: string, columns: number): string[] {
  const [indent = ''] = /^ */.exec(line) ?? []
  const start = ' '.repeat(Math.min(indent.length, Math.floor(columns / 4)))
  const lines: string[] = []
  let now = start
  for (const word of line.trim().split(/ +/)) {
    const longer = now.trim() === '' ? now + word : `${now} ${word}`
    if (now !== start && stripVTControlCharacters(longer).length > columns) {
      lines.push(now)
      now = start + word
    } else now = longer
  }

  return [...lines, now]
}

/** List of methods in the help of `invoke`. */
const METHODS_SECTION = {
  header: 'METHODS',
  generate: () =>
    ['ARG? is optional; ARG... may be repeated.', '', ...METHOD_NAMES.map((name) => usageOf(methodName(name)))].join(
      '\n',
    ),
}

/** Help of a command: a short usage line, a description that wraps at words, and all spellings of a flag. */
class OurCommandHelp extends CommandHelp {
  protected override args(args: Command.Arg.Any[]): [string, string | undefined][] | undefined {
    return super.args(args)?.map(([name, text]) => [name.replace(/^(\w+)\.{3}$/, '$1'), text])
  }

  protected override sections() {
    return this.command.id === 'invoke' ? [...super.sections(), METHODS_SECTION] : super.sections()
  }

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

  protected override examples(examples: Command.Example[] | string | undefined): string | undefined {
    const all = typeof examples === 'string' ? [examples] : (examples ?? [])
    const shown = all.map((one) =>
      typeof one === 'string' ? `$ ${this.render(one)}` : `${one.description}\n$ ${this.render(one.command)}`,
    )
    return shown.length === 0 ? undefined : shown.map((one) => wrapCommand(one, columnsOfHelp() - 2)).join('\n\n')
  }

  protected override flags(flags: Command.Flag.Any[]): [string, string | undefined][] | undefined {
    return super.flags(flags.map((flag) => withAliases(flag)))
  }
}

/** Wraps a command so that it can still be pasted: at a space inside quotation marks, with a backslash elsewhere. */
function wrapCommand(command: string, width: number): string {
  const [line, ...rest] = command.split(' ')
  const lines: string[] = []
  let now = present(line)
  for (const word of rest) {
    if (now.length + word.length + 3 <= width) {
      now += ` ${word}`
    } else {
      lines.push(isQuoted([...lines, now]) ? now : `${now} \\`)
      now = `    ${word}`
    }
  }

  return [...lines, now].join('\n')
}

/** Returns true if a quotation is open at the end of these lines. */
function isQuoted(lines: readonly string[]): boolean {
  return lines.join('').split("'").length % 2 === 0
}

function withAliases(flag: Command.Flag.Any): Command.Flag.Any {
  if (flag.name === 'json') return {...flag, summary: 'Print one JSON document.'}
  const others = [
    ...(flag.charAliases ?? []).map((char) => `-${char}`),
    ...(flag.aliases ?? []).map((name) => `--${name}`),
  ]
  return others.length === 0 ? flag : {...flag, summary: `${flag.summary ?? ''} Also: ${others.join(', ')}.`}
}

/** oclif's help as lines instead of output. */
class LinesOfHelp extends Help {
  readonly lines: string[] = []
  protected override CommandHelpClass = OurCommandHelp

  /** Adds `help`, which oclif does not have as a command here. */
  protected override get sortedCommands(): Command.Loadable[] {
    const all = [...super.sortedCommands, HELP_COMMAND as Command.Loadable]
    return all.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  }

  override formatRoot(): string {
    return super.formatRoot().replace(/^.*/, (summary) => this.wrap(summary, 0))
  }

  protected override log(...lines: string[]): void {
    for (const line of lines) this.lines.push(line)
  }
}
