import {connect, type Socket} from 'node:net'

/** Sends bytes over a connection of its own, and returns all that comes back before the other side ends it. */
export function exchange(port: number, ...bytes: (Buffer | string)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => {
      for (const part of bytes) socket.write(part)
    })
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', (error) => (chunks.length > 0 ? resolve(Buffer.concat(chunks).toString()) : reject(error)))
    socket.on('end', () => socket.end())
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()))
  })
}

/** A connection that stays open, and what it has received so far. */
export function hold(port: number, bytes: Buffer | string): Promise<{received: () => string; socket: Socket}> {
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes, () => resolve({received: () => received, socket}))
    })
    socket.on('data', (chunk) => {
      received += String(chunk)
    })
    socket.on('error', reject)
  })
}
