import {DATABASE, RECORD, staleFileKind} from '../../files/names.js'
import {isPartFile} from '../../files/part-files.js'
import {isAbandoned} from '../../files/stale-files.js'
import {isIncoming, REPLACING} from '../../graphs/replacement.js'
import type {UncleanEnd} from '../../lock/unclean-end.js'
import {shellQuote} from '../../shell-quote.js'
import {bytes} from '../../size-text.js'
import type {Entry, FileFacts, GraphFiles} from '../facts.js'
import {type Finding, finding} from '../findings.js'
import {isTrialFile} from '../trial-file.js'
import {type Checked, count} from './check.js'
import {octal, ownHint} from './data-dir.js'

/** Maximum time that a file may be ahead of the clock, in ms: clocks of a disk in the network differ. */
const AHEAD_MS = 120_000

/** Facts that the checks of one graph need beside its files. */
interface Circumstances {
  now: number
  /** True if other users can come as far as the graph's directory. */
  othersReach: boolean
  /** Graphs that a server serves now. */
  served: ReadonlySet<string | undefined>
  uid: number | undefined
}

/** Judges the files of each graph: whose they are, leftovers, times, the index for searches. */
export function checkGraphs(
  path: string,
  {directory, graphs, uid}: FileFacts,
  now: number,
  served: ReadonlySet<string | undefined>,
): Checked {
  const around = {now, othersReach: directory?.othersReach ?? false, served, uid}
  const findings = graphs.flatMap((graph) => checkGraph(graph, around))
  const readable = around.othersReach ? graphs.filter((graph) => othersRead(graph)) : []
  if (readable.length > 0)
    findings.push(
      finding('readable-by-others', {
        hint: `\`chmod -R go-rwx ${readable.map(({dir}) => shellQuote(dir)).join(' ')}\``,
        message: `Other users may read ${readable.map(({name}) => name).join(', ')}`,
      }),
    )
  for (const {kind, mtime, name} of directory?.entries ?? [])
    if (kind === 'file' && isTrialFile(name) && isAbandoned(mtime, now)) findings.push(leftover(`${path}/${name}`))
  return {findings, summary: `files of ${count(graphs.length, 'graph')}`}
}

function othersRead({entries, mode}: GraphFiles): boolean {
  const database = entries.find(({name}) => name === DATABASE)
  return (mode & 0o011) !== 0 && database !== undefined && (database.mode & 0o044) !== 0
}

function checkGraph(graph: GraphFiles, around: Circumstances): Finding[] {
  const {dir, name, problem} = graph
  if (problem !== undefined) {
    const hint = graph.hint ?? `\`ls -ld ${shellQuote(dir)}\` shows who owns it.`
    return [finding('graph-unreadable', {graph: name, hint, message: `${name}: ${problem}`, path: dir})]
  }

  return [
    ...checkRights(graph, around),
    ...checkLeftovers(graph, around),
    ...checkTimes(graph, around),
    ...checkState(graph, around),
  ]
}

/** Rights matter where other users can come: a home directory of mode 0700 keeps them out of all below. */
function checkRights({dir, entries, mode, name, uid: owner}: GraphFiles, {othersReach, uid}: Circumstances): Finding[] {
  const findings: Finding[] = []
  if (uid !== undefined && owner !== uid)
    findings.push(
      finding('not-yours', {
        graph: name,
        hint: ownHint(dir, uid),
        message: `${dir} belongs to user ${owner}`,
        path: dir,
      }),
    )
  else if (uid !== 0 && (mode & 0o700) !== 0o700)
    findings.push(
      finding('graph-not-writable', {
        graph: name,
        hint: `Restore your rights: \`chmod u+rwX ${shellQuote(dir)}\``,
        message: `You may not write in ${dir} (mode ${octal(mode)})`,
        path: dir,
      }),
    )
  if (!othersReach) return findings
  // Others may do with a link what its directory allows; its own mode says nothing.
  const open = [{kind: 'directory', mode, name: '.'}, ...entries].filter(
    (entry) => entry.kind !== 'other' && (entry.mode & 0o022) !== 0,
  )
  if (open.length > 0)
    findings.push(
      finding('writable-by-others', {
        graph: name,
        hint: `\`chmod -R go-w ${shellQuote(dir)}\``,
        message: `Other users may write to ${count(open.length, 'file')} of ${name} (mode ${octal(open[0]!.mode)})`,
        path: dir,
      }),
    )
  const record = entries.find((entry) => entry.kind === 'file' && entry.name === RECORD)
  if (record && (record.mode & 0o077) !== 0 && (mode & 0o011) !== 0) {
    const path = `${dir}/${RECORD}`
    const message = `Other users may read the lock file of ${name} (mode ${octal(record.mode)})`
    const hint = `\`chmod 600 ${shellQuote(path)}\`, then \`logseq server restart --repo ${shellQuote(name)}\` for a new token.`
    findings.push(finding('token-readable', {graph: name, hint, message, path}))
  }

  return findings
}

function checkLeftovers({backups, dir, entries, name}: GraphFiles, {now, served}: Circumstances): Finding[] {
  const old = ({kind, mtime}: Entry) => kind === 'file' && isAbandoned(mtime, now) // nothing else is written by a server
  const stale = entries.filter((entry) => staleFileKind(entry.name) === 'tmp' && old(entry))
  const parts = [...entries, ...backups].filter((entry) => isPartFile(entry.name) && old(entry))
  // A server removes these when it starts, so a live one has none; a restore may be at work on a young one.
  const incoming = served.has(name) ? [] : entries.filter((entry) => isIncoming(entry.name) && old(entry))
  const findings = [
    ...[...stale, ...incoming].map((entry) => leftover(`${dir}/${entry.name}`, name)),
    ...parts.map((entry) => leftover(`${dir}/${backups.includes(entry) ? 'backups/' : ''}${entry.name}`, name)),
  ]
  for (const entry of entries.filter((one) => staleFileKind(one.name) === 'aside')) {
    const path = `${dir}/${entry.name}`
    const hint = `Look at it, then remove it: \`ls -l ${shellQuote(path)}\``
    findings.push(finding('file-aside', {graph: name, hint, message: `${path} was moved out of the way`, path}))
  }

  return findings
}

function leftover(path: string, graph?: string): Finding {
  return finding('leftover-file', {
    fixable: true,
    ...(graph !== undefined && {graph}),
    hint: '`logseq doctor --fix` removes it.',
    message: `${path} is a leftover of a process that was killed`,
    path,
  })
}

function checkTimes({backups, dir, entries, name}: GraphFiles, {now}: Circumstances): Finding[] {
  const ahead = [
    ...entries.map((entry) => ({entry, path: `${dir}/${entry.name}`})),
    ...backups.map((entry) => ({entry, path: `${dir}/backups/${entry.name}`})),
  ]
    .filter(({entry}) => entry.mtime > now + AHEAD_MS)
    .toSorted((a, b) => b.entry.mtime - a.entry.mtime)
  const [first] = ahead
  if (!first) return []
  const {entry, path} = first
  const more = ahead.length > 1 ? ` and ${count(ahead.length - 1, 'other file')}` : ''
  const message = `${path}${more} is dated in the future: ${new Date(entry.mtime).toISOString()}`
  const hint = `Check the clock: \`date\`. If it is right: \`touch ${ahead.map((one) => shellQuote(one.path)).join(' ')}\``
  return [finding('future-dated', {graph: name, hint, message, path})]
}

function checkState({backups, dir, entries, name, search, uncleanEnd}: GraphFiles, {served}: Circumstances): Finding[] {
  const findings: Finding[] = []
  if (search === 'unusable') {
    const path = `${dir}/search`
    const hint = `Move it away, and the next search makes a new one: \`mv ${shellQuote(path)} ${shellQuote(`${path}.away`)}\``
    findings.push(
      finding('search-index-unusable', {
        graph: name,
        hint,
        message: `The search index of ${name} cannot be used: it is not your file, or not a database`,
        path,
      }),
    )
  }

  if (entries.some((entry) => entry.name === REPLACING)) {
    const hint = `\`logseq server start --repo ${shellQuote(name)}\``
    findings.push(
      finding('interrupted-restore', {
        graph: name,
        hint,
        message: `A restore of ${name} is not complete`,
        path: `${dir}/${REPLACING}`,
      }),
    )
  }

  if (uncleanEnd && !served.has(name)) {
    const hint = `\`logseq graph check --repo ${shellQuote(name)}\` looks for damage.`
    findings.push(finding('unclean-end', {graph: name, hint, message: uncleanMessage(name, uncleanEnd)}))
  }

  const kept = backups.filter((entry) => entry.name.startsWith('before-restore-'))
  if (kept.length > 0) {
    const hint = `\`logseq graph backup --list --repo ${shellQuote(name)}\` lists them; \`logseq graph backup remove BACKUP --repo ${shellQuote(name)}\` removes one.`
    const size = bytes(kept.reduce((sum, entry) => sum + entry.size, 0))
    findings.push(
      finding('set-aside-databases', {
        graph: name,
        hint,
        message: `${name} has ${count(kept.length, 'database')} from before a restore (${size})`,
      }),
    )
  }

  return findings
}

function uncleanMessage(name: string, {copied, reason}: UncleanEnd): string {
  if (copied) return `${name} was copied while a server served the original`
  return reason === undefined
    ? `The last server of ${name} did not end cleanly`
    : `The last server of ${name} ended, and the graph may be damaged: ${reason}`
}
