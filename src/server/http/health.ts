import type {HealthRequest} from '../../protocol/health-datagram.js'
import type {Service} from './service.js'

/** Returns true if the graph is open and still belongs to this server. */
export function isReady(service: Service): boolean {
  return service.state() === 'ready' && service.holds()
}

/** Describes the health of a server to any program. */
export function healthOf(service: Service): {damage?: string; status: 'ready' | 'starting'} {
  const damage = service.damage()
  return {status: isReady(service) ? 'ready' : 'starting', ...(damage !== undefined && {damage})}
}

/**
 * Describes the health of a server to one of this program's clients, with the proof, and with the use if the client has proven itself too.
 * @param ownConnections number of connections over which the client asks
 */
export function provenHealthOf(
  service: Service,
  {challenge, 'client-proof': proof}: HealthRequest,
  ownConnections: number,
): object {
  const knowsToken = proof !== undefined && service.isProofOfClient(challenge, proof)
  return {
    ...service.prove(challenge),
    'request-ids': true,
    ...healthOf(service),
    ...(knowsToken && {use: service.status(ownConnections)}),
  }
}
