import {readdirSync} from 'node:fs'
import {join} from 'node:path'
import {Worker} from 'node:worker_threads'
import {expect} from 'chai'
import {build} from 'esbuild'

import {useSandbox} from '../support/use.js'

const WORKERS = 3
const ROUNDS = 100

/** Makes the same directories as the other threads, each at the same time, and posts the number of those that failed. */
const MAKE = `
const {workerData: {root, barrier, rounds, workers}, parentPort} = require('node:worker_threads')
let failed = 0
for (let round = 0; round < rounds; round++) {
  Atomics.add(barrier, 0, 1)
  while (Atomics.load(barrier, 0) < (round + 1) * workers);
  if (!makePrivate(root + '/' + round + '/logseq-server/code')) failed++
}
parentPort.postMessage(failed)
`

describe('the private directory of the cache', () => {
  const sandbox = useSandbox()

  it('is made by each of several programs that make it at once', async () => {
    const {outputFiles} = await build({
      bundle: true,
      entryPoints: ['bundle/private-files.ts'],
      format: 'iife',
      globalName: 'files',
      platform: 'node',
      write: false,
    })
    const code = `${outputFiles[0]!.text}\nconst {makePrivate} = files\n${MAKE}`
    const root = join(sandbox.dir, 'caches')
    const barrier = new Int32Array(new SharedArrayBuffer(4))
    const workerData = {barrier, root, rounds: ROUNDS, workers: WORKERS}
    const failed = await Promise.all(
      Array.from({length: WORKERS}, () => {
        const worker = new Worker(code, {eval: true, workerData})
        return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
      }),
    )
    expect(failed).to.deep.equal(Array.from({length: WORKERS}, () => 0))
    expect(readdirSync(root)).to.have.length(ROUNDS)
  })
})
