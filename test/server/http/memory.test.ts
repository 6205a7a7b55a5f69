import {once} from 'node:events'
import {get, type IncomingMessage} from 'node:http'
import {expect} from 'chai'

import {answerCall} from '../../../src/server/http/invoke.js'
import {MemoryBudget} from '../../../src/server/http/memory.js'
import type {Call} from '../../../src/server/methods/call.js'
import {listen, type Listener} from '../../support/fake-listener.js'
import {until} from '../../support/processes.js'
import {withShortWaits} from '../../support/short-waits.js'

const MIB = 1024 * 1024
const PIECE = Buffer.alloc(MIB, 'x')

describe('the memory of answers', function () {
  this.timeout(60_000)
  let listener: Listener
  let failures: string[]
  const open: IncomingMessage[] = []

  beforeEach(async () => {
    failures = []
    const answers = new MemoryBudget(100 * MIB, 'the answers')
    const invoke = async () => Array.from({length: 40}, () => PIECE)
    listener = await listen((_, response) => {
      answerCall({answers, invoke}, {} as Call, response, new AbortController().signal).catch((error: unknown) => {
        failures.push(String(error))
        response.writeHead(503).end()
      })
    })
  })

  afterEach(async () => {
    for (const response of open.splice(0)) response.destroy()
    await listener.close()
  })

  /** Asks for 40 MiB, and reads only the head. */
  async function ask(): Promise<IncomingMessage> {
    const [response] = (await once(get({host: '127.0.0.1', port: listener.port}), 'response')) as [IncomingMessage]
    response.on('error', () => {}) // it may be disconnected
    open.push(response)
    return response
  }

  async function sizeOf(response: IncomingMessage): Promise<number> {
    let size = 0
    response.on('data', (part: Buffer) => {
      size += part.length
    })
    await new Promise((resolve) => {
      response.on('close', resolve)
    })
    return size
  }

  it('is kept for a response that is read slowly, while no other request needs it', async () => {
    await withShortWaits(async () => {
      const slow = await ask()
      await new Promise((resolve) => {
        setTimeout(resolve, 80_000) // longer than an answer may be left unread
      })
      expect(await sizeOf(slow)).to.equal(40 * MIB)
    })
  })

  it('is refused to one more request at first, and then taken from the response that was unread for longest', async () => {
    await withShortWaits(async () => {
      const [first, second] = [await ask(), await ask()]
      expect((await ask()).statusCode).to.equal(503)
      expect(failures).to.have.length(1)
      await until(async () => (await ask()).statusCode === 200, 30_000, 'room for a third')
      const third = open.at(-1)!
      expect(await sizeOf(first)).to.be.lessThan(40 * MIB)
      expect(await sizeOf(second)).to.equal(40 * MIB)
      expect(await sizeOf(third)).to.equal(40 * MIB)
    })
  })
})
