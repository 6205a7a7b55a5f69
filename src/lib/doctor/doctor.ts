import {messageOf, ServerError} from '../errors.js'
import {DEFAULT_DATA_DIR, expandDataDir} from '../graphs/data-dir.js'
import type {ServerOptions} from '../lifecycle/operation.js'
import {realSystem} from '../process/system.js'
import {requireObject} from '../require-argument.js'
import {shellQuote} from '../shell-quote.js'
import {timeText} from '../time-text.js'
import {byLevel, type Check, worstOf} from './checks/check.js'
import {judge, type Judged} from './checks/judge.js'
import {explain} from './explain.js'
import {type ConfigProblem, type DoctorFacts, type FileFacts, NOT_REACHED, type Probed} from './facts.js'
import type {Finding} from './findings.js'
import {type Fix, fixFindings} from './fix.js'
import {probeCompletion, probeFiles, probeLocks, probeNode, probePath, probeServers} from './probes.js'
import {SilentDisk} from './run-child.js'

/** Options of `diagnose`. */
export interface DoctorOptions extends Omit<ServerOptions, 'force' | 'repo' | 'timeoutMs'> {
  /** Name of the command whose place on PATH and completion are checked. Default `logseq`. */
  bin?: string
  /** Error of the configuration file, if it could not be used. */
  configProblem?: ServerError
  /** Remove leftovers of dead processes: see `fixFindings`. */
  fix?: boolean
}

/** Result of `diagnose`. */
export interface DoctorResult {
  'data-dir'?: string
  checks: Check[]
  /** By level: errors, warnings, notes. */
  findings: Finding[]
  /** Changes that `fix` made. */
  fixes: Fix[]
  /** True if there are no errors and no warnings. */
  healthy: boolean
}

/** Time for the servers to be inspected, in ms. Each is probed for a second, all of them at once. */
const SERVERS_MS = 10_000

/**
 * Looks for problems of this machine, of a data directory, its graphs and their servers. Each probe is bounded in time, and one that fails
 * keeps none of the others from being made. Without `fix` nothing is changed but a temporary file, on which locks are tried.
 */
export async function diagnose(options: DoctorOptions = {}): Promise<DoctorResult> {
  requireObject(options, 'options')
  options.report?.progress('Looking for problems')
  const facts = await collectFacts(options)
  const seen = judge(facts)
  if (!options.fix || !('found' in facts.dataDir)) return resultOf(facts, seen, [])
  const found = seen.flatMap(({findings}) => findings)
  const fixes = await fixFindings(found, options)
  const again = await collectFacts(options)
  return resultOf(again, judge(again), fixes)
}

function resultOf({dataDir}: DoctorFacts, judged: readonly Judged[], fixes: Fix[]): DoctorResult {
  const findings = byLevel(judged.flatMap((check) => check.findings))
  return {
    ...('found' in dataDir && {'data-dir': dataDir.found}),
    checks: judged.map((check) => ({check: check.check, outcome: worstOf(check.findings), summary: check.summary})),
    findings,
    fixes,
    healthy: !findings.some(({level}) => level !== 'note'),
  }
}

/** Collects what all checks look at. Never throws, but when it is interrupted. */
async function collectFacts(options: DoctorOptions): Promise<DoctorFacts> {
  const {bin = 'logseq', signal} = options
  const dataDir = await probed(() => expandDataDir(options.dataDir ?? DEFAULT_DATA_DIR))
  const inDataDir = async <T>(probe: (path: string) => Promise<T>): Promise<Probed<T>> =>
    'found' in dataDir ? probed(() => probe(dataDir.found)) : dataDir
  const [files, path, completion] = await Promise.all([
    inDataDir(probeFiles),
    probed(() => probePath(bin, process.env['PATH'] ?? '')),
    probed(() => probeCompletion(bin, process.env['SHELL'])),
  ])
  signal?.throwIfAborted()
  const [lock, servers] = await Promise.all([
    isTryable(files) ? inDataDir(probeLocks) : NOT_REACHED,
    'found' in files
      ? inDataDir(async (dir) =>
          inTime(probeServers(options.system ?? (await realSystem()), dir, files.found.graphs, options.requester)),
        )
      : NOT_REACHED,
  ])
  signal?.throwIfAborted()
  const configProblem = options.configProblem && configFacts(options.configProblem)
  return {completion, configProblem, dataDir, files, lock, node: probeNode(), now: Date.now(), path, servers}
}

function configFacts({details, hint, message}: ServerError): ConfigProblem {
  const path = String(details['file'])
  return {hint: `${hint} To start anew: \`mv ${shellQuote(path)} ${shellQuote(`${path}.old`)}\``, message, path}
}

function isTryable(files: Probed<FileFacts>): boolean {
  return 'found' in files && files.found.directory?.writable === true
}

async function probed<T>(probe: () => Promise<T> | T): Promise<Probed<T>> {
  try {
    return {found: await probe()}
  } catch (error) {
    if (error instanceof SilentDisk) return {code: 'silent', problem: messageOf(error)}
    return {...explain(error), ...(error instanceof ServerError && {code: error.code})}
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done in ${timeText(SERVERS_MS)}`)), SERVERS_MS)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
