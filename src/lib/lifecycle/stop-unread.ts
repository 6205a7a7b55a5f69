import {authority} from '../lock/owner.js'
import type {OwnerSource} from '../lock/record.js'
import {isSameProcess, type ProcessFacts} from '../process/identity.js'
import {scanForOrphans} from '../process/scan.js'
import {terminate} from '../process/terminate.js'
import {parseCommand} from '../process/worker-argv.js'
import type {Operation} from './operation.js'
import type {StopResult} from './results.js'
import {notOwnerError} from './state-errors.js'

/**
 * Stops the server of a graph whose record is unreadable because of a disk error. The server and its owner are found by
 * its exact arguments. A server that the command line took over since still counts as its first owner's.
 * @param why error of reading the record
 * @throws ServerError `server-owned-by-other`; `why` if there is no such server, or it does not exit in time
 */
export async function stopUnread(op: Operation, why: unknown): Promise<StopResult> {
  const {found} = await scanForOrphans(op.system, op.graph)
  const [server] = found
  if (!server) throw why
  const owner = ownerIn(server)
  if (!authority(op.requester, owner).canStop)
    throw notOwnerError(op, {'owner-id': owner.id, 'owner-source': owner.source, pid: server.pid, repo: op.graph.repo})
  const how = await terminate(
    op.system,
    async () => {
      const now = await op.system.processes.getProcess(server.pid)
      return isSameProcess(server, now) ? now : undefined
    },
    op,
  )
  if (how === 'survived') throw why
  const {name: graph, repo, warnings} = op.graph
  return {graph, repo, pid: server.pid, 'stopped-by': how === 'gone' ? 'shutdown' : how, warnings}
}

function ownerIn({argv}: ProcessFacts): {id: string | undefined; source: OwnerSource} {
  const flags = argv && parseCommand(argv)?.flags
  const source = flags?.['owner-source']
  return {id: flags?.['owner-id'], source: source === 'cli' || source === 'electron' ? source : 'unknown'}
}
