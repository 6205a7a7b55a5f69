import {present} from '../../values/present.js'
import {Keyword, keyword} from '../../values/scalars.js'
import {type Value, ValueMap} from '../../values/types.js'
import {messageOf} from '../errors.js'
import {type Backup, listBackups, publicBackup} from '../files/backups.js'
import {statOfFile} from '../files/own-files.js'
import {searchFile} from '../files/search-index.js'
import {DEFAULT_DATA_DIR} from '../graphs/data-dir.js'
import {describeGraph} from '../graphs/list.js'
import {findGraph, hasDatabase} from '../graphs/locate.js'
import {newestLog} from '../lifecycle/log-lines.js'
import type {StartOptions} from '../lifecycle/operation.js'
import type {Status, StatusResult} from '../lifecycle/results.js'
import {serverStatus} from '../lifecycle/status.js'
import {requireText} from '../require-argument.js'
import {MethodClient} from './method-client.js'

/** Maximum time for the server to count, in ms: the only wait here. */
const COUNT_MS = 10_000

/** Content of a served graph. */
interface Content {
  /** Type of the graph: `db`. */
  kind?: string
  'schema-version'?: string
  /** Time of creation, ISO 8601. */
  created?: string
  /** UUID that Logseq gave this copy of the graph. */
  'graph-uuid'?: string
  counts?: {blocks: number; pages: number}
}

/** Description of a graph. The keys are those of the CLI's JSON. */
export interface GraphInfo extends Content {
  graph: string
  repo: string
  dir: string
  /** Size of the database with its log, in bytes; absent if there is no database yet. */
  size?: number
  /** Time of the last write to the database, ISO 8601. */
  modified?: string
  server: StatusResult
  backups: {count: number; newest?: Backup; size: number}
  /** Path of the newest log. */
  log?: string
  /** Search index, absent if none was made yet. */
  search?: {path: string; size: number}
  /** Advice for the missing facts, if no server is ready. */
  hint?: string
  warnings: string[]
}

/**
 * Describes a graph: its files, its server and, if a server is ready, its content. Starts no server and changes nothing.
 * @throws ServerError `graph-not-exists`, `data-dir-permission`, ...
 */
export async function graphInfo(options: StartOptions): Promise<GraphInfo> {
  requireText(options, 'repo')
  const graph = findGraph(options.repo, options.dataDir ?? DEFAULT_DATA_DIR)
  const {warnings: _, ...server} = await serverStatus(options)
  const {dir, graph: name, modified, repo, size, warnings} = describeGraph(graph)
  const backups = listBackups(graph.dir)
  const log = newestLog(graph.dir)
  const path = searchFile(graph.dir)
  const search = statOfFile(path)
  const served = server.status === 'ready' ? await contentOf(options) : {content: {}, warnings: []}
  return {
    graph: name,
    repo,
    dir,
    ...(size !== undefined && {size}),
    ...(modified !== undefined && {modified}),
    ...served.content,
    server,
    backups: {
      count: backups.length,
      size: backups.reduce((sum, backup) => sum + backup.size, 0),
      ...(backups[0] && {newest: publicBackup(backups[0])}),
    },
    ...(log !== undefined && {log}),
    ...(search && {search: {path, size: search.size}}),
    ...(server.status !== 'ready' && hasDatabase(graph) && {hint: whyNoCounts(server)}),
    warnings: [...warnings, ...served.warnings],
  }
}

/** Statuses in which a start would serve the graph. */
const UNSERVED = new Set<Status>(['corrupt', 'stale', 'stopped'])

const KV = `[:find ?k ?v :where [?e :db/ident ?k] [?e :kv/value ?v]]`
const PAGES = `[:find (count ?p) . :where [?p :block/name]]`
const BLOCKS = `[:find (count ?b) . :where [?b :block/page]]`

/** Returns the reason why schema version and counts are missing, and what to do. */
function whyNoCounts({hint, status}: StatusResult): string {
  if (UNSERVED.has(status)) return 'Schema version and counts are shown while a server runs: `logseq server start`.'
  return `Schema version and counts are missing, because the server is ${status}.${hint === undefined ? '' : ` ${hint}`}`
}

/** Asks the server; a warning if it does not answer. */
async function contentOf(options: StartOptions): Promise<{content: Content; warnings: string[]}> {
  const client = new MethodClient({...options, start: false, timeoutMs: COUNT_MS})
  const more = {queryTimeoutMs: COUNT_MS, ...(options.signal && {signal: options.signal})}
  try {
    options.report?.progress(`Waiting for the counts of ${client.graph}`)
    const [facts, pages, blocks] = await Promise.all([KV, PAGES, BLOCKS].map((query) => client.query(query, [], more)))
    return {
      content: {...described(present(facts)), counts: {pages: Number(pages ?? 0), blocks: Number(blocks ?? 0)}},
      warnings: [],
    }
  } catch (error) {
    options.signal?.throwIfAborted()
    return {content: {}, warnings: [`The server did not report the content of the graph: ${messageOf(error)}`]}
  } finally {
    client.close()
  }
}

function described(facts: Value): Content {
  const known = new Map<string, Value>()
  for (const row of facts as Iterable<Value>) {
    const [key, value] = row as [Value, Value]
    if (key instanceof Keyword) known.set(key.fqn, value)
  }

  const text = (key: string) => {
    const value = known.get(key)
    return value === undefined || value === null ? undefined : String(value)
  }

  const version = versionText(known.get('logseq.kv/schema-version'))
  const created = Number(known.get('logseq.kv/graph-created-at'))
  const kind = text('logseq.kv/db-type')
  const uuid = text('logseq.kv/local-graph-uuid')
  return {
    ...(kind !== undefined && {kind}),
    ...(version !== undefined && {'schema-version': version}),
    ...(created > 0 && {created: new Date(created).toISOString()}),
    ...(uuid !== undefined && {'graph-uuid': uuid}),
  }
}

/** Formats a schema version: `65.22`. Older graphs have a number. */
function versionText(version: Value | undefined): string | undefined {
  if (typeof version === 'number') return String(version)
  if (!(version instanceof ValueMap)) return undefined
  return [version.get(keyword('major')), version.get(keyword('minor'))]
    .filter((part) => part !== undefined && part !== null)
    .map(String)
    .join('.')
}
