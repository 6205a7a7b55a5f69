import {Worker} from 'node:worker_threads'

/**
 * Asks for the health again and again, from a thread that nothing else keeps busy. What an answer takes is the time that the
 * server's thread has computed meanwhile: on a crowded machine, the clock tells more of the others.
 */
const PROGRAM = `
const {parentPort, workerData} = require('node:worker_threads')
const {request, Agent} = require('node:http')
const {readFileSync} = require('node:fs')
const {pid} = workerData
const computed = () => Number(readFileSync('/proc/' + pid + '/task/' + pid + '/schedstat', 'utf8').split(' ')[0]) / 1e6
const agent = new Agent({keepAlive: true})
let slowest = 0, asked = 0, refused = 0, ended = false
parentPort.on('message', () => { ended = true })
function ask() {
  const began = computed()
  const over = (ok) => {
    slowest = Math.max(slowest, computed() - began)
    asked++
    if (!ok) refused++
    if (ended) { agent.destroy(); parentPort.postMessage({asked, refused, slowest}); parentPort.close() }
    else setTimeout(ask, 5)
  }
  const asking = request({agent, host: '127.0.0.1', path: '/healthz', port: workerData.port}, (response) => {
    response.resume().on('end', () => over(response.statusCode === 200))
  })
  asking.on('error', (error) => asking.reusedSocket ? ask() : over(false))
  asking.end()
}
ask()
`

/** What came of asking for the health while something went on. */
export interface Health {
  asked: number
  refused: number
  /** What the server computed until the slowest answer, in ms. */
  slowest: number
}

/** Does something while a server is asked for its health all the time. */
export async function healthDuring(
  {pid, port}: {pid: number; port: number},
  act: () => Promise<unknown>,
): Promise<Health> {
  const worker = new Worker(PROGRAM, {eval: true, workerData: {pid, port}})
  const reported = new Promise<Health>((resolve, reject) => {
    worker.once('message', resolve).once('error', reject)
  })
  try {
    await act()
  } finally {
    worker.postMessage('end')
  }

  return reported
}
