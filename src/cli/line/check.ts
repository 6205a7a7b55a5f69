import {ServerError} from '../../lib/errors.js'
import {nearest} from '../../lib/nearest.js'
import {shellQuote} from '../../lib/shell-quote.js'
import {present} from '../../values/present.js'
import {readerOf} from '../flag-values.js'
import {nameOfDash} from './dashes.js'
import {type CommandSpec, type FlagSpec, spellingsOf, valueName} from './spec.js'
import {isWord, readTokens, type Token} from './tokens.js'

type GivenFlag = Extract<Token, {kind: 'flag'}>

/**
 * Checks a line against the flags and arguments of a command.
 * @returns the flags of the line by name; the last one if repeated
 * @throws ServerError `usage` that names the value, and the variable if it came from one
 */
export function checkLine(
  command: CommandSpec,
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, GivenFlag> {
  const {behindDashes, tokens} = readTokens(spellingsOf([command]), argv)
  const behind = argv.includes('--') ? behindDashes : undefined
  for (const token of tokens) {
    if (token.kind !== 'unknown') continue
    throw token.meant === undefined
      ? unknownFlag(command, token.spelled)
      : otherDashes(token.spelled, lineOf(command, correctedWords(tokens), behind))
  }

  const given = new Map<string, GivenFlag>()
  for (const token of tokens) {
    if (token.kind !== 'flag') continue
    if (token.flag.type === 'boolean' && token.value !== undefined)
      throw valueOfSwitch(token, token.value, (replaced) => {
        const words = tokens.flatMap((one) => (one === token ? replaced : one.words))
        return lineOf(command, words, behind)
      })
    checkFlag(token, given.get(token.flag.name))
    given.set(token.flag.name, token)
  }

  for (const flag of Object.values(command.flags)) {
    const value = flag.env === undefined || given.has(flag.name) ? undefined : environment[flag.env]
    if (value) checkValue(flag, value, present(flag.env))
  }

  for (const {flag, spelled} of given.values()) checkCompany(flag, spelled, given)
  checkWords(command, tokens, behindDashes)
  return given
}

function usage(message: string, hint?: string): ServerError {
  return new ServerError('usage', message, hint === undefined ? {} : {hint})
}

/** Converts a command ID to words. */
export function wordsOfId(id: string): string {
  return id.replaceAll(':', ' ')
}

/** Returns a corrected line, in backticks. @param behind its words after `--`; undefined for a line without `--` */
function lineOf(command: CommandSpec, words: readonly string[], behind?: readonly string[]): string {
  const all = [...words, ...(behind ? ['--', ...behind] : [])]
  return `\`logseq ${[wordsOfId(command.id), ...all.map((word) => shellQuote(word))].join(' ')}\``
}

/** @param line the line, in hyphens */
function otherDashes(spelled: string, line: string): ServerError {
  return usage(
    `${quote(spelled)} is not a flag: it begins with ${nameOfDash(spelled)}, expected hyphens`,
    `Type hyphens: ${line}.`,
  )
}

/** Values by which a person means that a flag is not set. */
const OFF = /^(?:0|false|n|no|off)$/i

/** @param lineWith the line with other words instead of this flag */
function valueOfSwitch(
  {spelled}: GivenFlag,
  value: string,
  lineWith: (words: readonly string[]) => string,
): ServerError {
  const hint = OFF.test(value)
    ? `Without the flag it is off: ${lineWith([])}.`
    : `Leave ${quote(`=${value}`)} out: ${lineWith([spelled])}.`
  return usage(`${spelled} takes no value, got ${quote(value)}`, hint)
}

function correctedWords(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token) => {
    const [first = '', ...others] = token.words
    return [(token.kind === 'unknown' && token.meant) || first, ...others]
  })
}

function unknownFlag(command: CommandSpec, spelled: string): ServerError {
  const names = Object.values(command.flags).flatMap(({aliases, name}) => [name, ...(aliases ?? [])])
  const like = spelled.startsWith('--') ? nearest(spelled.slice(2), names) : undefined
  const hint = spelled === '--version' ? '`logseq --version` prints the version.' : undefined
  return usage(
    `\`${wordsOfId(command.id)}\` has no flag ${quote(spelled)}`,
    like === undefined ? hint : `Did you mean --${like}? \`logseq COMMAND --help\` shows all flags.`,
  )
}

function checkFlag({flag, spelled, value}: GivenFlag, earlier: GivenFlag | undefined): void {
  if (flag.type === 'boolean') return
  if (value === undefined) throw usage(`${spelled} needs a value: ${expected(flag)}`)
  if (earlier?.value !== undefined && !flag.multiple) {
    const both = [earlier, {spelled, value}].map((one) => `${one.spelled} ${quote(present(one.value))}`)
    throw usage(`${both.join(' and ')} cannot be combined`, `Remove one of them.`)
  }

  checkValue(flag, value, spelled)
}

/** @param source flag as it was spelled, or the environment variable */
function checkValue(flag: FlagSpec, value: string, source: string): void {
  if (flag.type === 'boolean') return
  const valid = flag.options ? flag.options.includes(value) : readerOf(flag.name)?.read(value) !== undefined
  if (valid || (!flag.options && !readerOf(flag.name))) return
  throw usage(
    `${quote(value)} is not a valid ${source}; use ${expected(flag)}`,
    source.startsWith('-') ? undefined : `Correct the environment variable ${source}, or unset it.`,
  )
}

function expected(flag: FlagSpec): string {
  if (flag.options) return listOf(flag.options)
  return readerOf(flag.name)?.expected ?? valueName(flag)
}

/** Joins items: `cli`, `cli or electron`, `a, b or c`. */
function listOf(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} or ${items.at(-1)!}`
}

function checkCompany(flag: FlagSpec, spelled: string, given: ReadonlyMap<string, GivenFlag>): void {
  const exclusive = Array.isArray(flag.exclusive) ? (flag.exclusive as readonly unknown[]) : []
  const other = exclusive.find((name) => typeof name === 'string' && given.has(name))
  if (typeof other === 'string') throw usage(`${spelled} and --${other} cannot be combined`, 'Remove one of them.')
  const missing = flag.dependsOn?.find((name) => !given.has(name))
  if (missing !== undefined) throw usage(`${spelled} requires --${missing}`)
}

function checkWords(command: CommandSpec, tokens: readonly Token[], behindDashes: readonly string[]): void {
  const words = [...tokens.flatMap((token) => (token.kind === 'word' ? [token.text] : [])), ...behindDashes]
  const args = Object.values(command.args)
  const name = wordsOfId(command.id)
  const missing = args.slice(words.length).find(({required}) => required)
  if (missing) {
    const what = missing.description === undefined ? '' : `: ${lowerFirst(missing.description.replace(/\.$/, ''))}`
    throw usage(`\`${name}\` needs the argument ${missing.name.toUpperCase()}${what}`)
  }

  for (const [i, arg] of args.entries()) {
    const word = words[i]
    if (word !== undefined && arg.options && !arg.options.includes(word))
      throw wrongArgument(arg.name, word, arg.options)
  }

  const extra = command.strict === false ? undefined : words[args.length]
  if (extra === undefined) return
  const names = args.map((arg) => arg.name.toUpperCase()).join(' and ')
  const takes = args.length === 0 ? 'no arguments' : `only ${names}`
  throw usage(
    `Unexpected argument ${quote(extra)}: \`${name}\` takes ${takes}`,
    hintForExtra(command, extra, tokens, behindDashes),
  )
}

function wrongArgument(name: string, word: string, options: readonly string[]): ServerError {
  return usage(`${quote(word)} is not a valid ${name}; use ${listOf(options)}`)
}

/** Returns a hint for an extra word, which is most often the name of the graph. */
function hintForExtra(
  command: CommandSpec,
  extra: string,
  tokens: readonly Token[],
  behindDashes: readonly string[],
): string | undefined {
  const moved = withFlagsFirst(command, tokens, behindDashes)
  if (moved !== undefined) return `Words after "--" are not read as flags: ${moved}.`
  const named = tokens.some((token) => token.kind === 'flag' && token.flag.name === 'repo')
  if (command.id.endsWith(':list'))
    return `The command applies to all graphs. \`logseq server status --repo ${shellQuote(extra)}\` shows one.`
  if (command.flags['input'] && named)
    return `An input has a flag of its own: \`--input ${shellQuote(extra)}\`. Quote an argument that has spaces.`
  if (!command.flags['repo'] || named || extra === 'help') return undefined // the usual hint names --help
  if (Object.keys(command.args).length > 0)
    return 'Name the graph with --repo NAME, and quote arguments that contain spaces.'
  const rest = tokens.filter((token) => token.kind !== 'word').flatMap(({words}) => words)
  const words = [...rest, '--repo', extra].map((word) => shellQuote(word))
  return `Name the graph with a flag: \`logseq ${wordsOfId(command.id)} ${words.join(' ')}\`.`
}

/** Returns the line with the flags that stand after `--` before it; undefined if missing. */
function withFlagsFirst(
  command: CommandSpec,
  tokens: readonly Token[],
  behindDashes: readonly string[],
): string | undefined {
  // A word such as -x, which is not a flag here, is the reason for `--`.
  const late = readTokens(spellingsOf([command]), behindDashes).tokens
  if (!late.some(({kind}) => kind === 'flag')) return undefined
  const flags = late.flatMap((token) => (token.kind === 'flag' ? token.words : []))
  const words = late.flatMap((token) => (token.kind === 'flag' ? [] : token.words))
  const before = [...tokens.flatMap((token) => token.words), ...flags]
  return words.every((word) => isWord(word)) ? lineOf(command, [...before, ...words]) : lineOf(command, before, words)
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

function quote(text: string): string {
  return JSON.stringify(text)
}
