import type * as Crypto from 'node:crypto'
import {closeSync, openSync, readSync} from 'node:fs'

import {hash, hmac} from 'fast-sha256'

/** `node:crypto`, for what few commands need. Loading it takes a tenth of what Node.js takes to start. */
const crypto = (): typeof Crypto => process.getBuiltinModule('node:crypto')

/** Number of hashes that are computed in JavaScript; for more, loading the module pays. */
const MAX_HASHES = 8

/** Number of random bytes that are read at once for UUIDs. */
const POOL_BYTES = 1024

const UUID_BYTES = 16

interface Digest {
  digest(encoding: BufferEncoding): string
  update(data: Uint8Array | string): Digest
}

let hashes = 0

export const randomInt = (max: number): number => crypto().randomInt(max)

/** As that of `node:crypto`. SHA-256 is computed in JavaScript: most commands hash a few hundred bytes. */
export function createHash(algorithm: string): Digest {
  return algorithm === 'sha256' && isOneOfFew() ? digestBy(hash) : crypto().createHash(algorithm)
}

/** As that of `node:crypto`, with SHA-256. */
export function createHmac(algorithm: 'sha256', key: string): Digest {
  return isOneOfFew() ? digestBy((bytes) => hmac(Buffer.from(key), bytes)) : crypto().createHmac(algorithm, key)
}

function isOneOfFew(): boolean {
  hashes += 1
  return hashes <= MAX_HASHES
}

function digestBy(compute: (bytes: Uint8Array) => Uint8Array): Digest {
  const parts: Uint8Array[] = []
  return {
    digest: (encoding) => Buffer.from(compute(Buffer.concat(parts))).toString(encoding),
    update(data) {
      parts.push(typeof data === 'string' ? Buffer.from(data) : data)
      return this
    },
  }
}

/** Returns random bytes of the system. */
export function randomBytes(size: number): Buffer {
  if (hashes > MAX_HASHES) return crypto().randomBytes(size) // it has been loaded
  try {
    const bytes = Buffer.alloc(size)
    const device = openSync('/dev/urandom', 'r')
    try {
      if (readSync(device, bytes) === size) return bytes
    } finally {
      closeSync(device)
    }
  } catch {
    // Windows, or a root directory without devices
  }

  return crypto().randomBytes(size)
}

let pool: Buffer = Buffer.alloc(0)

/** Creates a random UUID (version 4; RFC 9562, 5.4). */
export function randomUUID(): string {
  if (pool.length < UUID_BYTES) pool = randomBytes(POOL_BYTES)
  const bytes = pool.subarray(0, UUID_BYTES)
  pool = pool.subarray(UUID_BYTES)
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** Compares in constant time. @throws RangeError for inputs of different lengths */
export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (hashes > MAX_HASHES) return crypto().timingSafeEqual(a, b) // it has been loaded
  if (a.length !== b.length) throw new RangeError('expected inputs of the same length')
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!
  return difference === 0
}
