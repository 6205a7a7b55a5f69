import {ServerError} from '../../lib/errors.js'
import {nearest} from '../../lib/nearest.js'
import {shellQuote} from '../../lib/shell-quote.js'
import {METHOD_NAMES} from '../../protocol/methods/all.js'
import {wordsOfId} from './check.js'
import {type CommandSpec, spellingsOf} from './spec.js'
import {readTokens} from './tokens.js'

/** Commands that replace, rename or remove data. They are suggested only for a typo in their own name. */
const DESTRUCTIVE = new Set(['remove', 'rename', 'restore'])

/** Number of first letters that suffice if only one name begins with them. */
const MIN_BEGINNING = 3

const REMOVAL =
  'A graph is removed by its name, and can be put back: `logseq graph remove --repo NAME`. `logseq graph list` shows the graphs.'
const COPY =
  'Copy a graph in two steps: `logseq graph export copy.sqlite`, then `logseq graph import copy.sqlite --repo NEW`.'

/** Words of other tools, and the equivalent here: a command or a sentence. Those of a topic take precedence. */
const SYNONYMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '': {
    autocomplete: 'completion',
    call: 'invoke',
    clean: REMOVAL,
    completions: 'completion',
    daemon: 'server',
    databases: 'graph list',
    delete: REMOVAL,
    destroy: REMOVAL,
    diagnose: 'doctor',
    down: 'server stop',
    drop: REMOVAL,
    dump: 'graph export',
    erase: REMOVAL,
    exec: 'invoke',
    fsck: 'graph check',
    graphs: 'graph list',
    init: 'graph create',
    kill: 'server stop',
    launch: 'server start',
    log: 'server logs',
    logs: 'server logs',
    ls: 'graph list',
    new: 'graph create',
    ps: 'server list',
    purge: REMOVAL,
    q: 'query',
    quit: 'server stop',
    remove: REMOVAL,
    rm: REMOVAL,
    run: 'server start',
    search: 'query',
    serve: 'server start',
    servers: 'server list',
    shutdown: 'server stop',
    terminate: 'server stop',
    up: 'server start',
    use: 'graph switch',
    validate: 'graph check',
    verify: 'graph check',
    wipe: REMOVAL,
  },
  graph: {
    add: 'graph create',
    clone: COPY,
    copy: COPY,
    cp: COPY,
    delete: REMOVAL,
    destroy: REMOVAL,
    diagnose: 'doctor',
    drop: REMOVAL,
    duplicate: COPY,
    erase: REMOVAL,
    help: 'help graph',
    move: 'graph rename',
    mv: 'graph rename',
    open: 'server start',
    ps: 'graph list',
    remove: REMOVAL,
    rm: REMOVAL,
    select: 'graph switch',
    show: 'graph info',
    snapshot: 'graph backup',
    use: 'graph switch',
  },
  'graph backup': {
    create: 'graph backup',
    delete: 'graph backup remove',
    help: 'help graph backup',
    list: 'graph backup --list',
    ls: 'graph backup --list',
    make: 'graph backup',
    new: 'graph backup',
    restore: 'graph restore',
    rm: 'graph backup remove',
    show: 'graph backup --list',
  },
  server: {
    create: 'server start',
    delete: 'server stop',
    end: 'server stop',
    help: 'help server',
    log: 'server logs',
    ls: 'server list',
    new: 'server start',
    reload: 'server restart',
    remove: 'server stop',
    rm: 'server stop',
    show: 'server status',
  },
}

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
  const advice = adviceFor(
    commands.filter(({hidden}) => !hidden),
    path,
    word,
    rest,
  )
  return new ServerError('unknown-command', `Unknown command ${JSON.stringify(given)}`, {
    details: {command: given},
    ...(advice !== undefined && {hint: advice}),
  })
}

/**
 * Returns true if a word after a command without arguments is, or resembles, the name of a subcommand, as in `graph
 * backup rm`.
 */
export function isMeantBelow(commands: readonly CommandSpec[], path: readonly string[], word: string): boolean {
  const plain = word.toLowerCase()
  return (childOf(commands, path, plain) ?? synonymOf(path.join(' '), plain)) !== undefined
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

function synonymOf(topic: string, word: string): string | undefined {
  const words = Object.hasOwn(SYNONYMS, topic) ? SYNONYMS[topic]! : {}
  return Object.hasOwn(words, word) ? words[word] : undefined
}

/** Returns the words that may follow a path. */
function childrenOf(commands: readonly CommandSpec[], path: readonly string[]): string[] {
  const prefix = path.map((part) => `${part}:`).join('')
  const ids = commands.filter(({id}) => id.startsWith(prefix))
  return [...new Set(ids.map(({id}) => id.slice(prefix.length).split(':')[0]!))]
}

/** Returns the command of a word with a typo. */
function childOf(commands: readonly CommandSpec[], path: readonly string[], word: string): string | undefined {
  const children = childrenOf(commands, path)
  const begun = children.filter((name) => word.length >= MIN_BEGINNING && name.startsWith(word))
  const like = begun.length === 1 ? begun[0] : nearest(word, children)
  if (like === undefined || (DESTRUCTIVE.has(like) && !isSlip(word, like))) return undefined
  return [...path, like].join(' ')
}

/**
 * Returns true if the words differ by one missing or extra letter, or by two swapped letters. A replaced letter may be
 * another word.
 */
function isSlip(word: string, name: string): boolean {
  if (word === name) return true
  const letters = (text: string) => [...text].sort().join('')
  if (letters(word) === letters(name)) return true
  const [short, long] = word.length < name.length ? [word, name] : [name, word]
  return [...long].some((_, i) => long.slice(0, i) + long.slice(i + 1) === short)
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
