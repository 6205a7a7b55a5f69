import {backups} from './backups.js'
import {blocks} from './blocks.js'
import {dsl} from './dsl.js'
import {exchange} from './exchange.js'
import {lifecycle} from './lifecycle.js'
import {lists} from './lists.js'
import {noOps} from './no-op.js'
import {pages} from './pages.js'
import {properties} from './properties.js'
import {queries} from './queries.js'
import {search} from './search.js'
import type {Access, MethodSpec} from './spec.js'
import {views} from './views.js'
import {writes} from './writes.js'

/** Prefix of the names of Logseq's methods. */
const PREFIX = 'thread-api/'

/** The methods of a server, with their exact types. */
export const METHODS = {
  ...queries,
  ...lists,
  ...pages,
  ...blocks,
  ...properties,
  ...dsl,
  ...views,
  ...search,
  ...writes,
  ...exchange,
  ...lifecycle,
  ...backups,
  ...noOps,
}

/** The methods of a server, by their names. */
export const METHOD_SPECS: ReadonlyMap<string, MethodSpec> = new Map<string, MethodSpec>(Object.entries(METHODS))

/** The names of the methods as people type them. */
export const METHOD_NAMES: readonly string[] = [...METHOD_SPECS.keys()].map((name) => shortName(name)).toSorted()

/** The whole name of a method: `q` is `thread-api/q`. */
export function methodName(given: string): string {
  return given.includes('/') ? given : PREFIX + given
}

/** The name of a method as people type it: `thread-api/q` is `q`. */
export function shortName(name: string): string {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name
}

/** Returns the access of a method to its graph; undefined for one that is unknown here. */
export function accessOf(name: string): Access | undefined {
  return METHOD_SPECS.get(name)?.access
}

/** Returns true if only clients that may stop the server may call a method. */
export function asksOwner(name: string): boolean {
  return METHOD_SPECS.get(name)?.asksOwner === true
}

/** Returns true if the graph is the first argument of a method, as it is of unknown methods. */
export function takesRepo(name: string): boolean {
  const spec = METHOD_SPECS.get(name)
  return spec === undefined || spec.args[0]?.kind === 'repo'
}

/** The names by which Logseq's clients synchronise and encrypt graphs, which this server does not do. */
const SYNC = /^thread-api\/(?:db-sync-|rtc-|.*(?:-rsa-key|-e2ee-))/

/** Returns true for a method of Logseq about synchronisation or encryption, which is not served. */
export function isUnservedSync(name: string): boolean {
  return SYNC.test(name) && !METHOD_SPECS.has(name)
}

/**
 * Returns the usage of a method, as documentation writes it: `pull selector id`, `transact tx-data tx-meta? context?`.
 */
export function usageOf(name: string): string {
  const args = METHOD_SPECS.get(name)?.args ?? []
  return [shortName(name), ...args.filter(({kind}) => kind !== 'repo').map((one) => usageOfArgument(one))].join(' ')
}

/**
 * Returns an argument as documentation writes it: `context?` may be left out, `components...` stands for any number.
 */
export function usageOfArgument({choices, form, name, optional, rest}: MethodSpec['args'][number]): string {
  const text = form ?? choices?.map((choice) => `:${choice}`).join('|') ?? name
  return text + (rest ? '...' : optional ? '?' : '')
}
