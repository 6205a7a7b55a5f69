import {nearest} from '../../lib/nearest.js'
import type {CommandSpec} from './spec.js'

/** Commands that replace, rename or remove data. They are suggested only for a typo in their own name. */
export const DESTRUCTIVE = new Set(['remove', 'rename', 'restore'])

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
    // eslint-disable-next-line house/retired-names -- what a person may type
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
 * Returns true if a word after a command without arguments is, or resembles, the name of a subcommand, as in `graph
 * backup rm`.
 */
export function isMeantBelow(commands: readonly CommandSpec[], path: readonly string[], word: string): boolean {
  const plain = word.toLowerCase()
  return (childOf(commands, path, plain) ?? synonymOf(path.join(' '), plain)) !== undefined
}

/** Finds what a word of another tool is here: a command, or a sentence with one in backticks. */
export function synonymOf(topic: string, word: string): string | undefined {
  const words = Object.hasOwn(SYNONYMS, topic) ? SYNONYMS[topic]! : {}
  return Object.hasOwn(words, word) ? words[word] : undefined
}

/** Returns the words that may follow a path. */
export function childrenOf(commands: readonly CommandSpec[], path: readonly string[]): string[] {
  const prefix = path.map((part) => `${part}:`).join('')
  const ids = commands.filter(({id}) => id.startsWith(prefix))
  return [...new Set(ids.map(({id}) => id.slice(prefix.length).split(':')[0]!))]
}

/** Returns the command of a word with a typo. */
export function childOf(commands: readonly CommandSpec[], path: readonly string[], word: string): string | undefined {
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
