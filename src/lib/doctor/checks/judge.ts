import {shellQuote} from '../../shell-quote.js'
import {type DoctorFacts, NOT_REACHED, type NotFound, type Probed} from '../facts.js'
import {type Finding, finding, type FindingCode} from '../findings.js'
import type {Checked} from './check.js'
import {checkDirectory, checkFileSystem, checkLocks} from './data-dir.js'
import {checkGraphs} from './graphs.js'
import {checkCompletion, checkNode, checkPath} from './machine.js'
import {checkProcesses, checkServers, servedGraphs} from './servers.js'

/** One check with its name. */
export interface Judged extends Checked {
  check: string
}

/** Derives all findings from the facts. A check whose facts are missing is left out, or says why. */
export function judge({
  completion,
  configProblem,
  dataDir,
  files,
  lock,
  node,
  now,
  path,
  servers,
}: DoctorFacts): Judged[] {
  const dir = 'found' in dataDir ? dataDir.found : ''
  const served = 'found' in servers ? servedGraphs(servers.found) : new Set<string | undefined>()
  return [
    {...checkNode(node), check: 'node'},
    ...ifFound('path', path, checkPath),
    ...ifFound('completion', completion, checkCompletion),
    ...(configProblem
      ? [{check: 'config', findings: [finding('config-invalid', configProblem)], summary: configProblem.path}]
      : []),
    ...ifFound(
      'data-dir',
      files,
      (found) => checkDirectory(dir, found),
      () => dataDirProblem(dir, files as NotFound),
    ),
    ...('found' in files ? ifFound('file-system', files, (found) => checkFileSystem(dir, found)) : []),
    ...ifFound(
      'locks',
      lock,
      (found) => checkLocks(dir, found),
      ({problem}) => lockProblem(dir, problem),
    ),
    ...('found' in files ? ifFound('graphs', files, (found) => checkGraphs(dir, found, now, served)) : []),
    ...ifFound('servers', servers, checkServers),
    ...('found' in servers ? ifFound('processes', servers, checkProcesses) : []),
  ]
}

/** Judges what a probe has found. @param otherwise finding of a probe that has found nothing */
function ifFound<T>(
  check: string,
  probed: Probed<T>,
  judgeFound: (found: T) => Checked,
  otherwise: (failed: NotFound) => Finding = (failed) => notChecked(check, failed),
): Judged[] {
  if ('found' in probed) return [{...judgeFound(probed.found), check}]
  return probed === NOT_REACHED ? [] : [{check, findings: [otherwise(probed)], summary: check}]
}

function notChecked(check: string, {problem}: NotFound): Finding {
  const hint = 'Run it again: `logseq COMMAND --debug`.'
  return finding('probe-failed', {hint, message: `Could not check ${check}: ${problem}`})
}

function dataDirProblem(path: string, failed: NotFound): Finding {
  const {code, hint, problem} = failed
  const known: Partial<Record<string, {code: FindingCode; hint: string}>> = {
    'data-dir-permission': {
      code: 'data-dir-unusable',
      hint: hint ?? `Check who owns it, and whether you may use it: \`ls -ld ${shellQuote(path)}\``,
    },
    'home-not-found': {
      code: 'home-not-found',
      hint: 'Set HOME, or name the directory: `logseq COMMAND --data-dir DIR`.',
    },
    silent: {
      code: 'data-dir-silent',
      hint: 'Look at the disk with `mount` and `dmesg`, or name another directory with --data-dir.',
    },
  }
  const kind = known[code ?? '']
  if (!kind) return notChecked('data-dir', failed)
  const message = code === 'silent' ? `${path} does not respond: ${problem}` : problem
  return finding(kind.code, {hint: kind.hint, message, ...(path !== '' && {path})})
}

function lockProblem(path: string, problem: string): Finding {
  const hint = 'Keep graphs on a local disk, and name it with --data-dir or LOGSEQ_CLI_DATA_DIR.'
  return finding('locks-broken', {hint, message: `Locks in ${path} could not be tried: ${problem}`, path})
}
