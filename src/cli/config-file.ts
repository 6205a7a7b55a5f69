import {randomUUID} from 'node:crypto'

import {existsSync, readFileSync, renameSync, rmSync, statSync} from 'node:fs'
import {homedir} from 'node:os'
import {dirname, isAbsolute, join} from 'node:path'

import {messageOf, ServerError, systemCode} from '../lib/errors.js'
import {permissionError} from '../lib/files/file-error.js'
import {createOwnFile, makeOwnDirectory, moveCommand} from '../lib/files/own-files.js'
import {writeTargetOf} from '../lib/files/write-target.js'
import {DEFAULT_DATA_DIR, expandDataDir, realDirectory} from '../lib/graphs/data-dir.js'
import {parseGraphName} from '../lib/graphs/name.js'
import {nearest} from '../lib/nearest.js'
import {bytes} from '../lib/size-text.js'
import {FLAG_VALUES} from './flag-values.js'

/** Largest file that is read, in bytes. */
const MAX_BYTES = 64 * 1024

/** Configured values. Each key is used where neither a flag nor an environment variable gives the value. */
export interface Settings {
  /** Directory of the graphs. */
  dataDir?: string
  /** Current graph. */
  repo?: string
  /** Graph that was current before, for `graph switch -`. */
  previousRepo?: string
  /** Maximum time to wait for a start or stop: `30s`, or a number of ms. */
  timeout?: number | string
}

/** Configuration file and its content. */
export interface ConfigFile {
  path: string
  settings: Settings
}

/** Expected value of each key. */
const KEYS: Record<keyof Settings, {expected: string; isValid(value: unknown): boolean}> = {
  dataDir: {
    expected: 'an absolute path, or one that starts with ~/',
    isValid: (value) => typeof value === 'string' && (isAbsolute(value) || value === '~' || value.startsWith('~/')),
  },
  previousRepo: {expected: 'the name of a graph', isValid: isGraphName},
  repo: {expected: 'the name of a graph', isValid: isGraphName},
  timeout: {
    expected: `${FLAG_VALUES.timeout.expected}, or a number of ms`,
    isValid: (value) =>
      (typeof value === 'string' || typeof value === 'number') && FLAG_VALUES.timeout.read(String(value)) !== undefined,
  },
}

function isGraphName(value: unknown): boolean {
  try {
    return typeof value === 'string' && parseGraphName(value).name !== ''
  } catch {
    return false // the caller's message is made from `expected`
  }
}

/**
 * Returns the path of the configuration file, by the rules of oclif. A relative directory in the environment is ignored: it
 * would be another one in each working directory.
 * @param dirname name of the program's directories: `logseq`
 * @returns undefined for a user without a home directory
 */
export function configPath(
  {bin, dirname: name}: {bin: string; dirname: string},
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const absolute = (path: string | undefined) => (path && isAbsolute(path) ? path : undefined)
  const own = absolute(environment[`${bin.toUpperCase().replaceAll(/[^A-Z\d]/g, '_')}_CONFIG_DIR`])
  if (own) return join(own, 'config.json')
  const base =
    absolute(environment['XDG_CONFIG_HOME']) ??
    (process.platform === 'win32' ? absolute(environment['LOCALAPPDATA']) : undefined) ??
    absolute(homeConfig())
  return base && join(base, name, 'config.json')
}

function homeConfig(): string | undefined {
  try {
    return join(homedir(), '.config')
  } catch {
    return undefined // a user without an entry in the user database, and without HOME
  }
}

/**
 * Reads the configuration file.
 * @returns no settings if there is no file
 * @throws ServerError `config-invalid` with the file and the key
 */
export function readConfig(path: string): ConfigFile {
  const text = readText(path)
  if (text === undefined) return {path, settings: {}}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw invalid(path, undefined, `is not JSON: ${messageOf(error)}`)
  }

  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(path, undefined, 'is not a JSON object')
  for (const [key, given] of Object.entries(value)) {
    if (!isKey(key)) throw unknownKey(path, key)
    if (!KEYS[key].isValid(given))
      throw invalid(path, key, `has ${JSON.stringify(given)} for ${JSON.stringify(key)}; use ${KEYS[key].expected}`)
  }

  return {path, settings: value}
}

function isKey(key: string): key is keyof Settings {
  return Object.hasOwn(KEYS, key)
}

function readText(path: string): string | undefined {
  try {
    const stat = statSync(path)
    if (!stat.isFile()) throw invalid(path, undefined, 'is not a file')
    if (stat.size > MAX_BYTES) throw invalid(path, undefined, `has ${bytes(stat.size)}, more than ${bytes(MAX_BYTES)}`)
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '') // some editors write this mark
  } catch (error) {
    if (error instanceof ServerError) throw error
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw invalid(path, undefined, `cannot be read: ${permissionError(path, error).message}`, error)
  }
}

function unknownKey(path: string, key: string): ServerError {
  const like = nearest(key, Object.keys(KEYS))
  const known = `the keys are ${Object.keys(KEYS).join(', ')}`
  return invalid(
    path,
    key,
    `has an unknown key ${JSON.stringify(key)}`,
    undefined,
    `Did you mean ${like ?? 'another one'}? In ${path} ${known}.`,
  )
}

function invalid(path: string, key: string | undefined, problem: string, cause?: unknown, hint?: string): ServerError {
  return new ServerError('config-invalid', `The configuration file ${path} ${problem}`, {
    cause,
    details: {file: path, ...(key !== undefined && {key})},
    ...(hint !== undefined && {hint}),
  })
}

/**
 * Replaces the configuration file by a whole new one. A link to it stays a link. What root makes here belongs to the user
 * whose directory it is, who could not read it otherwise.
 * @throws ServerError `data-dir-permission`, `disk-full`
 */
export function writeConfig(path: string, settings: Settings): void {
  try {
    makeDirectories(dirname(path))
    const target = targetOf(path)
    const temporary = `${target}.${randomUUID()}.tmp`
    try {
      createOwnFile(temporary, `${JSON.stringify(settings, undefined, 2)}\n`)
      renameSync(temporary, target)
    } catch (error) {
      rmSync(temporary, {force: true})
      throw error
    }
  } catch (error) {
    throw error instanceof ServerError ? error : permissionError(path, error)
  }
}

function makeDirectories(path: string): void {
  if (existsSync(path)) return
  makeDirectories(dirname(path))
  makeOwnDirectory(path)
}

/** Finds the file that is to be replaced, to which a link may lead. */
function targetOf(path: string): string {
  const target = writeTargetOf(path)
  if (target.kind === 'free') return path
  if (target.kind === 'file') return target.path
  const why = target.kind === 'directory' ? 'it is a directory' : target.why
  throw new ServerError('data-dir-permission', `Cannot use ${path}: ${why}`, {
    details: {path},
    hint: `Make way for the configuration file: \`${moveCommand(path, '.aside')}\`.`,
  })
}

/**
 * Returns the configuration of a run that changes it.
 * @throws ServerError `usage` if it does not apply: the client is an app, or there is no home directory
 */
export function requireConfig(config: ConfigFile | undefined): ConfigFile {
  if (config) return config
  throw new ServerError('usage', 'No configuration file applies to this run', {
    hint: 'Set XDG_CONFIG_HOME or HOME to an absolute path, and leave --owner-source electron out: apps have no current graph.',
  })
}

/**
 * Keeps the current graph current when it was renamed, and forgets it when it was removed.
 * @param dataDir data directory of the graph
 * @param to new name; undefined for a removed graph
 * @returns warnings
 */
export function followGraph(config: ConfigFile | undefined, dataDir: string, from: string, to?: string): string[] {
  if (!config) return []
  const {path} = config
  const follow = (repo: string | undefined) => (repo !== undefined && parseGraphName(repo).name === from ? to : repo)
  try {
    const {settings} = readConfig(path) // as it is now: another command may have chosen a graph meanwhile
    const usual = process.env['LOGSEQ_CLI_DATA_DIR'] || settings.dataDir || DEFAULT_DATA_DIR
    if (!isSameDirectory(usual, dataDir)) return []
    const [repo, previousRepo] = [follow(settings.repo), follow(settings.previousRepo)]
    if (repo === settings.repo && previousRepo === settings.previousRepo) return []
    const {previousRepo: _, repo: __, ...rest} = settings
    writeConfig(path, {...rest, ...(repo !== undefined && {repo}), ...(previousRepo !== undefined && {previousRepo})})
    return []
  } catch (error) {
    return [`${path} may still name the graph ${JSON.stringify(from)}: ${messageOf(error)}`]
  }
}

function isSameDirectory(one: string, other: string): boolean {
  const [first, second] = [one, other].map((path) => realDirectory(expandDataDir(path)))
  return first !== undefined && first === second
}
