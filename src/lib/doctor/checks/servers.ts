import {loopbackHint} from '../../lifecycle/loopback.js'
import {isOtherBuild} from '../../lifecycle/other-build.js'
import type {Status, StatusResult} from '../../lifecycle/results.js'
import {ownRevision} from '../../package-root.js'
import {shellQuote} from '../../shell-quote.js'
import type {OrphanFacts, ServerFacts} from '../facts.js'
import {type Finding, finding} from '../findings.js'
import {type Checked, count} from './check.js'

/** Statuses of graphs whose files a server uses. */
const SERVED: ReadonlySet<Status> = new Set(['elsewhere', 'ready', 'starting', 'unresponsive', 'unsupported'])

/** Returns the graphs that a server serves, or may serve, whether or not a record names it. */
export function servedGraphs({orphans, servers}: ServerFacts): ReadonlySet<string | undefined> {
  const served = servers.filter(({status}) => SERVED.has(status) || status === 'unreadable')
  return new Set([...served, ...orphans].map(({graph}) => graph))
}

/** Judges the record of each graph, and the server that it names. */
export function checkServers({servers}: ServerFacts): Checked {
  const findings = servers.flatMap((server) => [...checkStatus(server), ...checkBuild(server), ...checkDamage(server)])
  const running = servers.filter(({status}) => SERVED.has(status)).length
  return {findings, summary: `${count(running, 'server')} running`}
}

function checkStatus({graph, hint = '', pid, status}: StatusResult): Finding[] {
  const command = (verb: string) => `\`logseq ${verb} --repo ${shellQuote(graph)}\``
  const fix = '`logseq doctor --fix` removes it; so does the next start.'
  const of = {graph, ...(pid !== undefined && {pid})}
  switch (status) {
    case 'corrupt': {
      const message = `${graph}: ${hint.replace(/;[^;]*$/, '')}`
      return [finding('corrupt-record', {...of, fixable: true, hint: fix, message})]
    }

    case 'elsewhere': {
      const message = `The server of ${graph} (pid ${pid}) runs on another machine or in another container`
      return [finding('server-elsewhere', {...of, hint: `Stop it there: ${command('server stop')}`, message})]
    }

    case 'stale': {
      const message = `The lock file of ${graph} names a server that is gone`
      return [finding('stale-record', {...of, fixable: true, hint: fix, message})]
    }

    case 'unreadable':
      return [finding('unreadable-record', {...of, hint: command('server status'), message: `${graph}: ${hint}`})]
    case 'unresponsive': {
      const message = `The server of ${graph} (pid ${pid}) does not respond`
      const look = `${command('server logs')} shows what it does; ${command('server stop')} stops it.`
      return [finding('server-unresponsive', {...of, hint: loopbackHint() ?? look, message})]
    }

    case 'unsupported': {
      const message = `The server of ${graph} (pid ${pid}) is of a newer version`
      return [finding('server-newer', {...of, hint: 'Update: `npm install --global logseq-server`', message})]
    }

    case 'ready':
    case 'starting':
    case 'stopped':
      return []
  }
}

function checkBuild({graph, owned, pid, revision}: StatusResult): Finding[] {
  if (!isOtherBuild(revision)) return []
  const message = `The server of ${graph} is of build ${revision}, this program of ${ownRevision()}`
  const hint = owned
    ? `\`logseq server restart --repo ${shellQuote(graph)}\` replaces it; \`logseq server restart --outdated\` replaces all of yours.`
    : 'Restart the program that started it.'
  return [finding('server-other-build', {graph, hint, message, ...(pid !== undefined && {pid})})]
}

function checkDamage({damage, graph}: StatusResult): Finding[] {
  if (damage === undefined) return []
  const hint = `\`logseq graph restore --repo ${shellQuote(graph)}\` restores a backup.`
  return [finding('graph-damaged', {graph, hint, message: `${graph} is damaged: ${damage}`})]
}

/** Judges whether leftover servers could be looked for, and what was found. */
export function checkProcesses({orphans, scan}: ServerFacts): Checked {
  if (scan === 'done')
    return {findings: orphans.map((orphan) => ofOrphan(orphan)), summary: 'no other servers among the processes'}
  const why = scan === 'unsupported' ? 'not possible on this system' : scan.slice('failed: '.length)
  const message = `Processes were not searched for leftover servers: ${why}`
  const hint =
    scan === 'unsupported' ? 'Look for db-worker-node yourself: `tasklist`' : 'Make /proc visible: `mount | grep /proc`'
  return {findings: [finding('scan-failed', {hint, message})], summary: 'processes'}
}

function ofOrphan({graph, pid}: OrphanFacts): Finding {
  if (graph === undefined)
    return finding('orphan-server', {
      hint: `Look at it: \`ps -fp ${pid}\`. If it stays, end it: \`kill ${pid}\``,
      message: `pid ${pid} is a server of a graph that no longer exists`,
      pid,
    })
  const hint = `\`logseq server start --repo ${shellQuote(graph)}\` stops it, and starts a new one.`
  return finding('orphan-server', {graph, hint, message: `pid ${pid} is a leftover server of ${graph}`, pid})
}
