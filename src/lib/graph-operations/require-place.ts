import {join} from 'node:path'

import {ServerError} from '../errors.js'
import {backupsThere} from '../files/backups.js'
import {DATABASE} from '../files/names.js'
import {moveCommand} from '../files/own-files.js'
import type {Graph} from '../graphs/locate.js'
import {type Place, placeOf} from '../graphs/not-created.js'
import {graphExists} from '../lifecycle/state-errors.js'
import {shellQuote} from '../shell-quote.js'

/**
 * Requires that nothing is lost when a graph is created.
 * @returns state of the place of its database: free, or a file that is not a database
 * @throws ServerError `graph-exists`, which says what is there and what to do
 */
export function requirePlace(graph: Graph): Place {
  const place = placeOf(graph)
  if (place.is === 'taken') throw graphExists(graph)
  if (place.is === 'lost') throw lostError(graph, place.backups)
  if (place.is === 'logs') throw logsError(graph, place)
  return place
}

function lostError(graph: Graph, backups: number): ServerError {
  const {dir, name} = graph
  const repo = `--repo ${shellQuote(name)}`
  return existsError(
    graph,
    `was lost: ${join(dir, DATABASE)} is empty, but ${backupsThere(backups)}`,
    `Restore it: \`logseq graph restore ${repo}\`. \`logseq graph backup --list ${repo}\` shows its backups. ` +
      `For a new graph choose another name, or set the lost one aside: \`${moveCommand(dir, '.lost')}\`.`,
  )
}

function logsError(graph: Graph, {database, logs}: Place & {is: 'logs'}): ServerError {
  const path = join(graph.dir, DATABASE)
  const left = logs.join(' and ')
  if (database === 'a database')
    return existsError(
      graph,
      `may exist: ${path} is empty, but ${left} may hold it`,
      `Open it: \`logseq server start --create --repo ${shellQuote(graph.name)}\`. Its error says if a graph is missing.`,
    )
  const moves = logs.map((log) => `\`${moveCommand(log, '.aside')}\``).join(', ')
  return existsError(
    graph,
    `may have existed: ${path} is ${database}, but ${left} holds something`,
    `Put the database back that it belongs to. For a new graph set it aside: ${moves}.`,
  )
}

function existsError({dir, name: graph, repo}: Graph, what: string, hint: string): ServerError {
  return new ServerError('graph-exists', `Graph ${JSON.stringify(graph)} ${what}`, {details: {graph, repo, dir}, hint})
}
