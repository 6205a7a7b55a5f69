import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

import {LIMITS_DESCRIPTORS, runWithFewDescriptors, USE_ALL} from '../../../support/few-descriptors.js'

const MODULE = fileURLToPath(new URL('../../../../src/lib/lifecycle/inspect/ask-by-datagram.ts', import.meta.url))

/** Asks twice while no descriptor is left, and when there are some, too much and once more. The server sends back what it gets. */
const PROGRAM = `
  import {createSocket} from 'node:dgram'
  import {closeSync, openSync} from 'node:fs'
  import {askByDatagram} from ${JSON.stringify(MODULE)}

  const server = createSocket('udp4')
  server.on('message', (bytes, {address, port}) => server.send(bytes, port, address))
  await new Promise((resolve) => server.bind(0, '127.0.0.1', resolve))
  const ask = (challenge) => askByDatagram(server.address().port, {challenge}, 60_000)
  ${USE_ALL}
  const failed = await Promise.all([ask('a'), ask('b')])
  for (const fd of held) closeSync(fd)
  const tooLong = await ask('x'.repeat(70_000))
  console.log(JSON.stringify([...failed, tooLong, await ask('c')]))
  server.close()`

describe('a request by datagram', function () {
  this.timeout(60_000)

  it('has no response, at once, where it cannot be sent, and the next one has', function () {
    if (!LIMITS_DESCRIPTORS) {
      console.log('      skipped: descriptors cannot be limited here')
      this.skip()
    }

    const {status, stderr, stdout} = runWithFewDescriptors(PROGRAM)
    expect(stderr).to.equal('')
    expect(JSON.parse(stdout)).to.deep.equal([null, null, null, {challenge: 'c'}])
    expect(status).to.equal(0)
  })
})
