import {ServerError} from '../lib/errors.js'
import {expandDataDir} from '../lib/graphs/data-dir.js'
import {findGraph} from '../lib/graphs/locate.js'
import {parseGraphName} from '../lib/graphs/name.js'
import {type ConfigFile, requireConfig, type Settings, writeConfig} from './config-file.js'

/** Current graph. `graph` is missing if none was chosen. */
export interface CurrentGraph {
  graph?: string
  repo?: string
  /** Path of the configuration file. */
  config: string
  'data-dir': string
  /** Graph that was current before. */
  previous?: string
  warnings: string[]
}

/** Place in which a run looks for graphs. */
interface Place {
  dataDir: string
  /** Keep the directory in the configuration: it was given on the line. */
  keepsDataDir: boolean
}

/** Returns the current graph, without looking for it. */
export function currentGraph(file: ConfigFile | undefined, {dataDir}: Place): CurrentGraph {
  const {path, settings} = requireConfig(file)
  return describe(path, settings, dataDir, [])
}

/**
 * Makes a graph the current one.
 * @param name its name, or `-` for the previous one; undefined for none
 * @throws ServerError `graph-not-exists`, `usage` if there is no previous graph; the configuration is then unchanged
 */
export function switchGraph(file: ConfigFile | undefined, name: string | undefined, place: Place): CurrentGraph {
  const {path, settings} = requireConfig(file)
  const {dataDir, keepsDataDir} = place
  const graph = name === undefined ? undefined : findGraph(name === '-' ? requirePrevious(settings) : name, dataDir)
  const {previousRepo: earlier, repo: current, ...rest} = settings
  const previous = current === undefined || graph?.name === parseGraphName(current).name ? earlier : current
  const changed: Settings = {
    ...rest,
    ...(keepsDataDir && {dataDir: expandDataDir(dataDir)}),
    ...(graph && {repo: graph.name}),
    ...(previous !== undefined && {previousRepo: previous}),
  }
  writeConfig(path, changed)
  return describe(path, changed, dataDir, graph?.warnings ?? [])
}

function requirePrevious({previousRepo}: Settings): string {
  if (previousRepo !== undefined) return previousRepo
  throw new ServerError('usage', 'No previous graph', {hint: 'Name a graph: `logseq graph switch NAME`.'})
}

function describe(
  config: string,
  {previousRepo, repo}: Settings,
  dataDir: string,
  warnings: readonly string[],
): CurrentGraph {
  const variable = process.env['LOGSEQ_CLI_REPO']
  const current = repo === undefined ? undefined : parseGraphName(repo)
  return {
    ...(current && {graph: current.name, repo: current.repo}),
    config,
    'data-dir': expandDataDir(dataDir),
    ...(previousRepo !== undefined && {previous: parseGraphName(previousRepo).name}),
    warnings: [
      ...warnings,
      ...(variable
        ? [`LOGSEQ_CLI_REPO is set to ${JSON.stringify(variable)}, which takes precedence over the current graph`]
        : []),
    ],
  }
}
