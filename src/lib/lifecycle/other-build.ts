import {parseGraphName} from '../graphs/name.js'
import type {OwnerSource} from '../lock/record.js'
import {ownRevision} from '../package-root.js'
import {shellQuote} from '../shell-quote.js'
import type {StatusResult} from './results.js'

/** A server that another build has started. */
export interface OtherBuild {
  graph: string
  repo: string
  'owner-source': OwnerSource
  revision: string
}

/** Returns true if this is the build of another program. Records of Logseq's own servers have none. */
export function isOtherBuild(revision: string | undefined): revision is string {
  return revision !== undefined && revision !== ownRevision()
}

/**
 * Finds the servers of another build.
 * @param repo the one graph that is asked about; all when it is undefined
 */
export function ofOtherBuilds<T extends StatusResult>(servers: readonly T[], repo?: string): (OtherBuild & T)[] {
  const name = repo === undefined ? undefined : parseGraphName(repo).name
  return servers.filter(
    (server): server is OtherBuild & T =>
      isOtherBuild(server.revision) && (name === undefined || server.graph === name),
  )
}

/** Returns the warning about the requester's servers of another build in a list, if there are any. */
export function warningsOfBuilds(servers: readonly StatusResult[], everywhere = false): string[] {
  const owned = ofOtherBuilds(servers).filter((server) => server.owned)
  return owned.length === 0 ? [] : [otherBuildWarning(owned, everywhere)]
}

/**
 * Says that servers of the requester are of another build, and what replaces them.
 * @param everywhere true if they are in several data directories
 */
export function otherBuildWarning(
  servers: readonly (Pick<OtherBuild, 'graph' | 'revision'> & {'data-dir'?: string})[],
  everywhere = false,
): string {
  const [first, ...more] = servers
  if (first && more.length === 0) {
    const {'data-dir': dir, graph} = first
    const which = `--repo ${shellQuote(graph)}${everywhere && dir !== undefined ? ` --data-dir ${shellQuote(dir)}` : ''}`
    return (
      `The server of ${first.graph} is of build ${first.revision}, this program of build ${ownRevision()}: ` +
      `\`logseq server restart ${which}\` starts one of this build.`
    )
  }

  const graphs = servers.map(({graph}) => graph).join(', ')
  const command = everywhere
    ? '`logseq server restart --outdated --all --everywhere`'
    : '`logseq server restart --outdated`'
  return `The servers of ${graphs} are of another build than this program (${ownRevision()}): ${command} replaces them.`
}
