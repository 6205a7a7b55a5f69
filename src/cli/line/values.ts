import type {Token} from './tokens.js'

/** Flag as its command defines it. */
interface FlagDefinition {
  default?: unknown
  env?: string | undefined
  multiple?: boolean | undefined
  parse?: unknown
  type: 'boolean' | 'option'
}

/** Flags and arguments that a command defines. */
export interface LineDefinition {
  args: Readonly<Record<string, unknown>>
  flags: Readonly<Record<string, FlagDefinition>>
}

/** Values of a line. Flags without a value are absent. */
export interface LineValues {
  args: Record<string, string>
  /** All words in order. */
  argv: string[]
  flags: Record<string, unknown>
}

/**
 * Reads the values of a line that `checkLine` accepted: from words, flags, environment variables, the configuration and
 * defaults, in this order.
 * @param line result of `readTokens`
 * @param configured values of the configuration, by flag
 */
export async function readValues(
  {args, flags}: LineDefinition,
  line: {behindDashes: readonly string[]; tokens: readonly Token[]},
  environment: Readonly<Record<string, string | undefined>>,
  configured: Readonly<Record<string, string | undefined>> = {},
): Promise<LineValues> {
  const argv = [...line.tokens.flatMap((token) => (token.kind === 'word' ? [token.text] : [])), ...line.behindDashes]
  const values: LineValues = {args: {}, argv, flags: {}}
  for (const [i, name] of Object.keys(args).entries()) if (i < argv.length) values.args[name] = argv[i]!
  for (const [name, flag] of Object.entries(flags)) {
    const given = line.tokens.filter((token) => token.kind === 'flag' && token.flag.name === name)
    const value = flag.type === 'boolean' ? isOn(given) : await valueOf(flag, given, environment, configured[name])
    if (value !== undefined) values.flags[name] = value
  }

  return values
}

/** Returns true for a boolean flag that is present, unless `--no-NAME` came last. */
function isOn(given: readonly Token[]): boolean | undefined {
  const last = given.at(-1)
  return last?.kind === 'flag' ? last.spelled !== `--no-${last.flag.name}` : undefined
}

async function valueOf(
  flag: FlagDefinition,
  given: readonly Token[],
  environment: Readonly<Record<string, string | undefined>>,
  configured: string | undefined,
): Promise<unknown> {
  const parse = flag.parse as (text: string, context: object, flag: object) => Promise<unknown>
  const texts = given.flatMap((token) => (token.kind === 'flag' && token.value !== undefined ? [token.value] : []))
  const variable = flag.env === undefined ? undefined : environment[flag.env]
  const other = variable || configured
  if (texts.length === 0 && other) texts.push(other)
  const values = await Promise.all(texts.map((text) => parse(text, {}, flag)))
  if (values.length === 0) return flag.default
  return flag.multiple ? values : values.at(-1)
}
