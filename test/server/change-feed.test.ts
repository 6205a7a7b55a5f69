import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {expect} from 'chai'

import {Datom} from '../../src/engine/datom.js'
import {runSync} from '../../src/engine/task.js'
import {ChangeFeed} from '../../src/server/change-feed.js'
import {EventStreams} from '../../src/server/http/events.js'
import type {Scheduler} from '../../src/server/scheduler/scheduler.js'
import {keyword} from '../../src/values/scalars.js'
import {GraphFiles} from '../engine/graph-file.js'
import {unpackGolden} from '../support/golden.js'
import {until} from '../support/processes.js'
import {factsOf, Listener} from '../support/streams.js'

const MIB = 1024 * 1024

/** A scheduler that runs nothing until it is let. */
class Halted {
  readonly waiting: Array<() => void> = []

  run: Scheduler['run'] = (start) =>
    new Promise((resolve) => {
      this.waiting.push(() => resolve(runSync(start({shouldYield: () => false, reserveRows() {}}))))
    })

  /** Runs as many tasks, each when it comes: the next one waits until the event of the last one was sent. */
  async goOn(tasks: number): Promise<void> {
    for (let done = 0; done < tasks; done++) (await until(() => this.waiting.shift(), 20_000, 'the next task'))()
  }
}

describe('the changes that clients receive', () => {
  const streams = new EventStreams()
  const server = createServer((_request, response) => streams.open(response))
  let scheduler: Halted
  let changes: ChangeFeed
  let failures: unknown[]
  let files: GraphFiles
  let held: number
  let listeners: Listener[]

  before((done) => {
    files = new GraphFiles()
    unpackGolden('lists-fresh.sqlite', files.path())
    server.listen(0, '127.0.0.1', done)
  })

  beforeEach(async () => {
    failures = []
    held = 0
    const {db} = files.connect()
    const hold = () => {
      held++
      return {
        db,
        release() {
          held--
        },
      }
    }

    scheduler = new Halted()
    changes = new ChangeFeed('logseq_db_demo', scheduler, streams, hold)
    listeners = [await open(), await open()]
  })

  afterEach(async () => {
    expect(failures).to.deep.equal([])
    for (const listener of listeners) listener.close()
    await until(() => streams.size === 0, 5000, 'nobody to listen')
  })

  after(() => {
    files.dispose()
    server.close()
    server.closeAllConnections()
  })

  const open = () => Listener.open({port: (server.address() as AddressInfo).port, token: 'x'})

  /** A write of one long text. */
  function write(tx: number, bytes: number): void {
    const v = 'x'.repeat(bytes / 2)
    changes.publish({txData: [new Datom(1, keyword('block/title'), v, tx)], txMeta: null}, (error) =>
      failures.push(error),
    )
  }

  it('wait while others have their turn, and come in order', async () => {
    for (let tx = 1; tx <= 20; tx++) write(tx, MIB)
    for (let sent = 1; sent <= 20; sent++) {
      await scheduler.goOn(1)
      // A client that is 4 MiB behind is dropped, and these read in the process that sends.
      for (const listener of listeners) expect(await listener.heard(sent)).to.have.length(sent)
    }

    expect(listeners[0]!.events.map((event) => factsOf(event)[0]!.tx)).to.deep.equal(
      Array.from({length: 20}, (_, i) => i + 1),
    )
  })

  it('are held up to a bound: beyond it the clients are dropped, and can come again', async () => {
    for (let tx = 1; tx <= 100; tx++) write(tx, MIB)
    await until(() => listeners.every(({ended}) => ended), 5000, 'the end of the streams')
    expect(scheduler.waiting).to.have.length(1)
    const again = await open()
    listeners.push(again)
    write(101, MIB)
    await scheduler.goOn(2)
    write(102, MIB)
    await scheduler.goOn(1)
    const heard = () => again.events.map((event) => factsOf(event)[0]!.tx).slice(-2)
    await until(() => heard().at(-1) === 102, 15_000, 'the writes since')
    expect(heard()).to.deep.equal([101, 102])
    expect(again.ended).to.equal(false)
    await until(() => held === 0, 5000, 'the states of the graph to be released')
  })

  it('are described block by block where they are small', async () => {
    write(1, MIB)
    write(2, 100)
    await scheduler.goOn(2)
    const events = await listeners[0]!.heard(2)
    expect(events.map(({data}) => data.has(keyword('delta')))).to.deep.equal([false, true])
  })

  it('are sent for a write of any size', async () => {
    write(1, 80 * MIB)
    expect(scheduler.waiting).to.have.length(1)
    expect(listeners.map(({ended}) => ended)).to.deep.equal([false, false])
  })
})
