import {ServerError} from '../../lib/errors.js'
import {nearest} from '../../lib/nearest.js'
import {shellQuote} from '../../lib/shell-quote.js'
import {METHOD_NAMES} from '../../protocol/methods/all.js'
import {wordsOfId} from './check.js'
import {type CommandSpec, HELP_COMMAND, spellingsOf} from './spec.js'
import {readTokens} from './tokens.js'
import {childOf, childrenOf, DESTRUCTIVE, synonymOf} from './word-match.js'

/**
 * Creates the error for an unknown command, with a suggestion as its hint.
 * @param path known words before it
 * @param rest other words and flags of the line, repeated in the hint
 */
export function unknownCommand(
  commands: readonly CommandSpec[],
  path: readonly string[],
  word: string,
  rest: readonly string[],
): ServerError {
  const given = [...path, word].join(' ')
  const topic = path.length === 0 ? undefined : `Run \`logseq ${path.join(' ')} --help\` to see its commands.`
  const advice = adviceFor([...commands.filter(({hidden}) => !hidden), HELP_COMMAND], path, word, rest) ?? topic
  return new ServerError('unknown-command', `Unknown command ${JSON.stringify(given)}`, {
    details: {command: given},
    ...(advice !== undefined && {hint: advice}),
  })
}

function adviceFor(
  commands: readonly CommandSpec[],
  path: readonly string[],
  word: string,
  rest: readonly string[],
): string | undefined {
  const plain = word.toLowerCase()
  const [first = '', ...parts] = plain.split(/[.:]/)
  if (parts.length > 0 && childrenOf(commands, path).includes(first))
    return adviceFor(commands, path, first, [...parts, ...rest])
  const meant =
    childOf(commands, path, plain) ??
    synonymOf(path.join(' '), plain) ??
    elsewhere(commands, path, plain) ??
    synonymOf('', plain) ??
    methodOf(plain) ??
    likeSubcommand(commands, path, plain)
  if (meant === undefined) return undefined
  if (meant.includes('`')) return meant
  const words = meant.split(' ')
  const command = commandIn(commands, words)
  const [next, ...others] = rest
  if (!command && next !== undefined && !next.startsWith('-')) {
    return childrenOf(commands, words).includes(next)
      ? didYouMean([...words, next, ...others])
      : adviceFor(commands, words, next, others)
  }

  if (!command) return `Did you mean \`logseq ${meant}\`? \`logseq ${meant} --help\` shows its commands.`
  return didYouMean(withRest(commands, words, command, rest))
}

/** Finds the command at the start of suggested words. */
function commandIn(commands: readonly CommandSpec[], words: readonly string[]): CommandSpec | undefined {
  for (let length = words.length; length > 0; length--) {
    const found = commands.find(({id}) => id === words.slice(0, length).join(':'))
    if (found) return found
  }

  return undefined
}

/**
 * Appends the other words of the line to a suggestion. For a command without arguments, a word is a topic or a graph.
 */
function withRest(
  commands: readonly CommandSpec[],
  words: readonly string[],
  command: CommandSpec,
  rest: readonly string[],
): readonly string[] {
  if (Object.keys(command.args).length > 0 || command.strict === false) return [...words, ...rest]
  const {tokens} = readTokens(spellingsOf(commands), rest)
  const flags = tokens.filter(({kind}) => kind !== 'word').flatMap((token) => token.words)
  const [word] = tokens.flatMap((token) => (token.kind === 'word' ? [token.text] : []))
  if (word === undefined) return [...words, ...flags]
  const topic = childrenOf(commands, []).find((name) => word === name || word === `${name}s`)
  const inTopic = [topic ?? '', words.at(-1) ?? '']
  if (topic !== undefined) return [...(commandIn(commands, inTopic) ? inTopic : words), ...flags]
  const takesGraph =
    command.flags['repo'] && !tokens.some((token) => token.kind === 'flag' && token.flag.name === 'repo')
  return takesGraph ? [...words, ...flags, '--repo', word] : [...words, ...flags]
}

/** Suggests `invoke` for the name of a method. */
function methodOf(word: string): string | undefined {
  return METHOD_NAMES.includes(word) ? `invoke ${word}` : undefined
}

function didYouMean(words: readonly string[]): string {
  return `Did you mean \`${['logseq', ...words.map((text) => shellQuote(text))].join(' ')}\`?`
}

/** Finds a command with this name in a topic: `start`, `graph stop`, `server backup`. */
function elsewhere(commands: readonly CommandSpec[], path: readonly string[], word: string): string | undefined {
  const last = (id: string) => id.split(':').at(-1)
  const order = path[0] === 'graph' ? ['graph', 'server'] : ['server', 'graph']
  const found = commands
    .filter(({id}) => last(id) === word && id.split(':').length === 2)
    .toSorted((a, b) => order.indexOf(a.id.split(':')[0]!) - order.indexOf(b.id.split(':')[0]!))
  return found[0] && wordsOfId(found[0].id)
}

/** Finds a command whose last word resembles this one, if the topic is missing. */
function likeSubcommand(commands: readonly CommandSpec[], path: readonly string[], word: string): string | undefined {
  if (path.length > 0) return undefined
  const like = nearest(
    word,
    commands.map(({id}) => id.split(':').at(-1)!).filter((name) => !DESTRUCTIVE.has(name)),
  )
  return like === undefined ? undefined : elsewhere(commands, path, like)
}
