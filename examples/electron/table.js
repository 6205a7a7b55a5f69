// What there is at this moment: for the table on the page.
import {open} from 'node:fs/promises'

const TAIL_BYTES = 4096
const TAIL_LINES = 4

export async function tableOf(manager, ownerId, dataDir) {
  const graphs = await Promise.all(manager.state().map(async (graph) => ({...graph, logTail: await tailOf(graph.log)})))
  return {app: {dataDir, ownerId, pid: process.pid}, graphs}
}

/** The last lines of a server's log, shortened to what a person reads. */
async function tailOf(path) {
  if (!path) return []
  const file = await open(path).catch(() => {}) // not written yet
  if (!file) return []
  try {
    const {size} = await file.stat()
    const from = Math.max(0, size - TAIL_BYTES)
    const {buffer, bytesRead} = await file.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, from)
    const lines = buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').slice(-TAIL_LINES)
    return lines.map((line) => short(line))
  } finally {
    await file.close()
  }
}

function short(line) {
  try {
    const {msg, time, why} = JSON.parse(line)
    return `${time.slice(11, 19)}  ${msg}${why ? `: ${why}` : ''}`
  } catch {
    return line.slice(0, 120) // a stack trace
  }
}
