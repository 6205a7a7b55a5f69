import {isCount, isNumber, isObject, optional, readFields} from '../../fields.js'

/** Clients of a server. */
export interface Clients {
  /** Open connections, those of leases and event streams included. */
  connections: number
  'event-streams': number
  leases: number
}

/** Use that a server reports. */
export interface Use {
  clients: Clients
  'idle-ms'?: number
  /** Resident memory in bytes. */
  memory?: number
}

/** Reads the use from a server's JSON. @returns undefined for a value of another form */
export function readUse(value: unknown): Use | undefined {
  const clients = readFields<Clients>(isObject(value) ? value['clients'] : undefined, {
    connections: isCount,
    'event-streams': isCount,
    leases: isCount,
  })
  const use = readFields<Use>(value, {
    clients: isObject,
    'idle-ms': optional((ms) => isNumber(ms) && Number(ms) >= 0),
    memory: optional(isCount),
  })
  return clients && use && {...use, clients}
}
