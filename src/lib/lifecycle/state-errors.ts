import {ServerError} from '../errors.js'
import {permissionError} from '../files/file-error.js'
import {hintForOthersFile} from '../files/own-files.js'
import {userName} from '../files/users.js'
import type {Graph} from '../graphs/locate.js'
import {type Owner, ownerOf, type Requester} from '../lock/owner.js'
import {recordPath} from '../lock/record-file.js'
import type {LockRecord} from '../lock/record.js'
import {shellQuote} from '../shell-quote.js'
import type {Inspection, Unreadable} from './inspect/classify.js'
import {loopbackHint} from './loopback.js'
import type {Operation} from './operation.js'

/** Creates the error for a state in which neither start nor stop can act. */
export function errorForState(op: Operation, seen: Inspection): ServerError {
  const {name, repo} = op.graph
  switch (seen.state) {
    case 'elsewhere':
      return new ServerError(
        'server-on-other-host',
        `The server of ${name} runs on another machine or in another container`,
        {
          details: {repo, ...placeOf(seen.record)},
        },
      )
    case 'unreadable':
      return unreadableError(op, seen)
    case 'unresponsive':
      return new ServerError(
        'server-unresponsive',
        `The server of ${name} (pid ${seen.record.pid}) is alive but does not respond`,
        {
          details: {pid: seen.record.pid, repo},
          hint: loopbackHint(),
        },
      )
    case 'unsupported':
      return new ServerError(
        'lock-version-unsupported',
        `The server of ${name} (pid ${seen.record.pid}) was started by a newer version: its lock file is version ${seen.record.version}`,
        {details: {pid: seen.record.pid, repo, version: seen.record.version}},
      )
    default:
      return new ServerError('exception', `The server of ${name} is in an unexpected state: ${seen.state}`)
  }
}

/** Creates the error for a record or directory of another user, or a record that this user has no right to read. */
export function unreadableError(
  {graph, system}: Pick<Operation, 'graph' | 'system'>,
  {path: other, uid}: Unreadable,
): ServerError {
  const path = other ?? recordPath(graph.dir)
  // Its directory hides whose it is.
  if (uid === undefined) return permissionError(path, Object.assign(new Error('hidden'), {code: 'EACCES'}))
  const user = userName(uid)
  if (other === undefined && uid === system.uid) {
    return new ServerError('data-dir-permission', `${path} belongs to you, but cannot be read: permission denied`, {
      details: {path, user},
      hint: `Make it readable: \`chmod 600 ${shellQuote(path)}\`. If it is, a security module such as SELinux denies it.`,
    })
  }

  return new ServerError(
    'data-dir-permission',
    `${path} belongs to ${user}${other === undefined ? ' and may not be read' : ', not to you'}`,
    {
      details: {path, user},
      hint:
        path === graph.dir
          ? `Run the command as ${user}, or name another data directory with --data-dir.`
          : hintForOthersFile(path, user),
    },
  )
}

/** Creates the error for a requester who may not stop or restart a server. The server received no signal. */
export function notOwnerError(op: Operation, record: LockRecord): ServerError {
  const owner = ownerOf(record)
  return new ServerError(
    'server-owned-by-other',
    `The server of ${op.graph.name} was started by ${nameOf(op.requester, owner)}; only its owner may stop it`,
    {
      details: {
        repo: op.graph.repo,
        pid: record.pid,
        'owner-source': owner.source,
        ...(owner.id !== undefined && {'owner-id': owner.id}),
        'requester-owner-source': op.requester.source,
      },
      hint: `${whereToStop(op, owner)} You can still read and write through it.`,
    },
  )
}

/** Creates the error for a new graph whose name exists. */
export function graphExists({dir, name: graph, repo}: Graph): ServerError {
  return new ServerError('graph-exists', `Graph ${JSON.stringify(graph)} already exists`, {
    details: {graph, repo, dir},
  })
}

/** Creates the error for a new graph whose name something else has: a file, or a link that leads nowhere. */
export function nameTaken({dir, name: graph, repo}: Graph, isLink: boolean): ServerError {
  const what = isLink ? 'is a link that leads to no graph' : 'is not a directory'
  return new ServerError('graph-exists', `The name ${JSON.stringify(graph)} is taken: ${dir} ${what}`, {
    details: {graph, repo, dir},
    hint: `Choose another name, or move it away: \`mv ${shellQuote(dir)} ${shellQuote(`${dir}.old`)}\``,
  })
}

/** Names the owner for the requester: to an app, the owner of another app's server is another app. */
function nameOf({source}: Requester, owner: Owner): string {
  if (owner.source === 'electron')
    return source === 'electron' ? `another app or profile${idOf(owner)}` : 'the desktop app'
  return owner.source === 'cli' ? 'the command line' : 'another program'
}

function idOf({id}: Owner): string {
  return id === undefined ? '' : ` (${id})`
}

/** Suggests where to stop a server. A terminal can stop servers of the command line, and those without an owner. */
function whereToStop({graph, requester}: Operation, owner: Owner): string {
  if (owner.source === 'electron') {
    return requester.source === 'electron'
      ? `Close the graph in the app that started it${idOf(owner)}.`
      : `Close the graph in the desktop app${idOf(owner)}.`
  }

  const id = owner.source === 'cli' && owner.id !== undefined ? ` --owner-id ${owner.id}` : ''
  return `Stop it in a terminal: \`logseq server stop --repo ${shellQuote(graph.name)}${id}\`.`
}

function placeOf(record: LockRecord): Record<string, unknown> {
  return {pid: record.pid, ...(record['machine-id'] !== undefined && {'machine-id': record['machine-id']})}
}
