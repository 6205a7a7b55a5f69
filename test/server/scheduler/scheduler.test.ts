import {setImmediate as nextTurn} from 'node:timers/promises'
import {expect} from 'chai'

import {awaited, type CooperativeTask, type ExecutionContext, runSync} from '../../../src/engine/task.js'
import {ServerError} from '../../../src/lib/errors.js'
import {type RunOptions, Scheduler} from '../../../src/server/scheduler/scheduler.js'
import {used} from '../../support/computing.js'

/** A scheduler whose time passes only where a task says that it works, and whose turns are taken one by one. */
class Bench {
  now = 0
  readonly scheduler: Scheduler
  readonly #waiting: Array<() => void> = []

  constructor(maxRows = 100, maxRowsTogether = 150) {
    this.scheduler = new Scheduler({
      maxRows,
      maxRowsTogether,
      now: () => this.now,
      soon: (callback) => this.#waiting.push(callback),
    })
  }

  /** Takes a number of turns, or as many as there are. @returns how many were taken */
  turns(count = Number.POSITIVE_INFINITY): number {
    let taken = 0
    for (; taken < count && this.#waiting.length > 0; taken++) this.#waiting.shift()!()
    return taken
  }

  /** Starts a task whose end nobody waits for. */
  begin(task: (execution: ExecutionContext) => CooperativeTask<unknown>, options: RunOptions): void {
    this.scheduler.run(task, options).catch(() => {}) // ended by the test
  }

  /** A task that works for so many ms, one at a time, and says so in a list. */
  *work(execution: ExecutionContext, ms: number, done: () => void = () => {}): CooperativeTask<number> {
    for (let i = 0; i < ms; i++) {
      this.now++
      if (execution.shouldYield()) yield
    }

    done()
    return ms
  }
}

const settled = (promise: Promise<unknown>) =>
  promise.then(
    (value) => ({value}),
    (error: unknown) => ({error}),
  )

describe('the scheduler of tasks', () => {
  it('gives a task its result, and its error', async () => {
    const bench = new Bench()
    const good = bench.scheduler.run((execution) => bench.work(execution, 25), {timeoutMs: 1000})
    const bad = settled(
      bench.scheduler.run(
        function* (): CooperativeTask<never> {
          yield
          throw new TypeError('no')
        },
        {timeoutMs: 1000},
      ),
    )
    bench.turns()
    expect(await good).to.equal(25)
    expect(await bad)
      .to.have.property('error')
      .that.is.instanceOf(TypeError)
    expect(bench.scheduler.size).to.equal(0)
  })

  it('lets the event loop in every ten milliseconds', () => {
    const bench = new Bench()
    bench.begin((execution) => bench.work(execution, 95), {timeoutMs: 1000})
    for (let turn = 1; turn <= 9; turn++) {
      expect(bench.turns(1)).to.equal(1)
      expect(bench.now).to.equal(turn * 10)
    }

    bench.turns()
    expect(bench.now).to.equal(95)
    expect(bench.turns()).to.equal(0) // nothing is planned when there is nothing to do
  })

  it('shortens one turn after a client has connected, as others may wait to be accepted', () => {
    const bench = new Bench()
    bench.begin((execution) => bench.work(execution, 95), {timeoutMs: 1000})
    const ends = [1, 2, 3].map(() => {
      bench.scheduler.shortenTurn()
      bench.turns(1)
      return bench.now
    })
    bench.turns(1)
    expect([...ends, bench.now]).to.deep.equal([1, 2, 3, 13])
  })

  it('takes many small tasks in one turn', () => {
    const bench = new Bench()
    const order: number[] = []
    for (let i = 0; i < 8; i++)
      bench.begin((execution) => bench.work(execution, 1, () => order.push(i)), {timeoutMs: 1000})
    bench.turns(1)
    expect(order).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('rotates among long-running tasks', () => {
    const bench = new Bench()
    const ends: Array<[string, number]> = []
    for (const name of ['a', 'b', 'c'])
      bench.begin((execution) => bench.work(execution, 100, () => ends.push([name, bench.now])), {timeoutMs: 10_000})
    bench.turns()
    expect(ends.map(([name]) => name)).to.deep.equal(['a', 'b', 'c'])
    expect(ends[0]![1]).to.be.greaterThan(270) // not one after the other
  })

  it('does not let a new task wait for long-running ones', () => {
    const bench = new Bench()
    for (let i = 0; i < 20; i++) bench.begin((execution) => bench.work(execution, 10_000), {timeoutMs: 1_000_000})
    bench.turns(40)
    const began = bench.now
    const ended: number[] = []
    bench.begin((execution) => bench.work(execution, 2, () => ended.push(bench.now)), {timeoutMs: 1000})
    bench.turns(2)
    expect(ended[0]! - began).to.be.within(1, 20)
  })

  it('does not let new tasks, however many, bring the others to a stand', () => {
    const bench = new Bench()
    const ended: number[] = []
    bench.begin((execution) => bench.work(execution, 100, () => ended.push(bench.now)), {timeoutMs: 1_000_000})
    bench.turns(1)
    for (let turn = 0; turn < 60; turn++) {
      for (let i = 0; i < 4; i++) bench.begin((execution) => bench.work(execution, 9), {timeoutMs: 1_000_000})
      bench.turns(1)
    }

    expect(ended[0]).to.be.lessThan(600)
  })

  it('ends a task whose time is up, and runs its finally', async () => {
    const bench = new Bench()
    let released = false
    const late = settled(
      bench.scheduler.run(
        function* (execution): CooperativeTask<number> {
          try {
            return yield* bench.work(execution, 1000)
          } finally {
            released = true
          }
        },
        {timeoutMs: 100},
      ),
    )
    bench.turns()
    expect(bench.now).to.be.within(100, 110)
    expect(released).to.equal(true)
    const {error} = (await late) as {error: ServerError}
    expect(error).to.be.instanceOf(ServerError).and.include({code: 'query-timeout', httpStatus: 408})
    expect(error.details).to.deep.equal({'timeout-ms': 100})
  })

  it('ends a task whose client has left, before its first turn and in the middle', async () => {
    const bench = new Bench()
    for (const turns of [0, 3]) {
      const leaving = new AbortController()
      const left = settled(
        bench.scheduler.run((execution) => bench.work(execution, 1000), {signal: leaving.signal, timeoutMs: 5000}),
      )
      bench.turns(turns)
      leaving.abort('left')
      expect(bench.scheduler.size).to.equal(0)
      expect(await left).to.deep.equal({error: 'left'})
    }

    expect(
      await settled(
        bench.scheduler.run((execution) => bench.work(execution, 1), {signal: AbortSignal.abort('gone'), timeoutMs: 1}),
      ),
    ).to.deep.equal({
      error: 'gone',
    })
  })

  it('runs writes one after the other, in their order, and reads beside them', () => {
    const bench = new Bench()
    const log: string[] = []
    const writer = (name: string) =>
      function* (execution: ExecutionContext): CooperativeTask<void> {
        log.push(`${name} begins`)
        yield* bench.work(execution, 35)
        log.push(`${name} ends`)
      }

    for (const name of ['one', 'two', 'three']) bench.begin(writer(name), {timeoutMs: 1000, writes: true})
    bench.turns(1)
    bench.begin((execution) => bench.work(execution, 1, () => log.push('read')), {timeoutMs: 1000})
    bench.turns()
    expect(log).to.deep.equal([
      'one begins',
      'read',
      'one ends',
      'two begins',
      'two ends',
      'three begins',
      'three ends',
    ])
  })

  it('passes over a write that was given up while it waited, and goes on after one that failed', async () => {
    const bench = new Bench()
    const leaving = new AbortController()
    const order: number[] = []
    const writes = [1, 2, 3, 4].map((n) =>
      settled(
        bench.scheduler.run(
          function* (execution): CooperativeTask<void> {
            if (n === 1) throw new Error('refused')
            yield* bench.work(execution, 20)
            order.push(n)
          },
          {timeoutMs: 1000, writes: true, ...(n === 3 && {signal: leaving.signal})},
        ),
      ),
    )
    bench.turns(1)
    leaving.abort('left')
    bench.turns()
    expect(order).to.deep.equal([2, 4])
    expect(await Promise.all(writes)).to.deep.include.members([{error: 'left'}, {value: undefined}])
  })

  it('lets the next write begin when the one under way is given up', () => {
    const bench = new Bench()
    const leaving = new AbortController()
    const order: string[] = []
    bench.begin((execution) => bench.work(execution, 1000), {signal: leaving.signal, timeoutMs: 1e6, writes: true})
    bench.begin((execution) => bench.work(execution, 5, () => order.push('second')), {timeoutMs: 1e6, writes: true})
    bench.turns(3)
    expect(order).to.deep.equal([])
    leaving.abort('left')
    bench.turns()
    expect(order).to.deep.equal(['second'])
  })

  it('ends a write that waits for longer than its time', async () => {
    const bench = new Bench()
    bench.begin((execution) => bench.work(execution, 500), {timeoutMs: 1000, writes: true})
    const waiting = settled(
      bench.scheduler.run((execution) => bench.work(execution, 1), {timeoutMs: 100, writes: true}),
    )
    bench.turns(20)
    expect(await waiting).to.have.nested.property('error.code', 'query-timeout')
    bench.turns()
    expect(bench.scheduler.size).to.equal(0)
  })

  describe('bounds what is held in memory', () => {
    const holder = (...rows: number[]) =>
      function* (execution: ExecutionContext): CooperativeTask<string> {
        for (const count of rows) {
          execution.reserveRows(count)
          yield
        }

        return 'done'
      }

    it('when one task holds too much', async () => {
      for (const [rows, code] of [
        [[60, 40, -50, 50], undefined],
        [[60, 41], 'query-too-large'],
      ] as const) {
        const bench = new Bench()
        const run = settled(bench.scheduler.run(holder(...rows), {timeoutMs: 1000}))
        bench.turns()
        const {error} = (await run) as {error?: ServerError}
        expect(error?.code).to.equal(code)
        if (error) expect(error.httpStatus).to.equal(413)
      }
    })

    it('when all tasks together hold too much, and frees what an ended task held', async () => {
      const bench = new Bench()
      const leaving = new AbortController()
      const forever = function* (execution: ExecutionContext): CooperativeTask<never> {
        execution.reserveRows(90)
        for (;;) {
          bench.now += 10
          yield
        }
      }

      bench.begin(forever, {signal: leaving.signal, timeoutMs: 1000})
      const refused = settled(bench.scheduler.run(holder(61), {timeoutMs: 1000}))
      bench.turns(3)
      expect(await refused).to.have.nested.property('error.code', 'query-too-large')
      leaving.abort('left')
      const taken = settled(bench.scheduler.run(holder(61), {timeoutMs: 1000}))
      bench.turns()
      expect(await taken).to.deep.equal({value: 'done'})
    })
  })

  it('ends all tasks at a stop, and leaves nothing to do', async () => {
    const bench = new Bench()
    const all = [false, false, true, true].map((writes) =>
      settled(bench.scheduler.run((execution) => bench.work(execution, 1000), {timeoutMs: 5000, writes})),
    )
    bench.turns(5)
    bench.scheduler.cancelAll('stopping')
    expect(await Promise.all(all)).to.deep.equal(Array.from({length: 4}, () => ({error: 'stopping'})))
    expect(bench.scheduler.size).to.equal(0)
  })

  it('looks at a clock so seldom that it costs little, and so often that a turn keeps to its time', async () => {
    let looks = 0
    const scheduler = new Scheduler({
      now() {
        looks++
        return performance.now()
      },
    })
    let longest = 0
    let calls = 0
    await scheduler.run(
      function* (execution): CooperativeTask<void> {
        const until = performance.now() + 200
        let began = used()
        while (performance.now() < until) {
          calls++
          if (!execution.shouldYield()) continue
          longest = Math.max(longest, used() - began) // of the clock, others may have used any part
          yield
          began = used()
        }
      },
      {timeoutMs: 10_000},
    )
    expect(looks).to.be.lessThan(calls / 8)
    expect(longest).to.be.lessThan(100)
    await nextTurn()
  })

  describe('a task that waits for a promise', () => {
    const waiting = (promise: Promise<string>) =>
      function* (): CooperativeTask<string> {
        return yield* awaited(promise)
      }

    it('gets its value or its error, while others run', async () => {
      const scheduler = new Scheduler()
      const steps: Array<() => void> = []
      const later = (settle: (resolve: (value: string) => void, reject: (error: Error) => void) => void) =>
        new Promise<string>((resolve, reject) => steps.push(() => settle(resolve, reject)))
      const results = [later((resolve) => resolve('done')), later((_, reject) => reject(new Error('failed')))].map(
        (promise) => settled(scheduler.run(waiting(promise), {timeoutMs: 10_000})),
      )
      expect(await scheduler.run(shortTask, {timeoutMs: 10_000})).to.equal(1)
      expect(scheduler.size).to.equal(2)
      for (const step of steps) step()
      expect(await results[0]).to.deep.equal({value: 'done'})
      expect(String(((await results[1]) as {error: unknown}).error)).to.equal('Error: failed')
      expect(scheduler.size).to.equal(0)
    })

    it('keeps its turn among the writers, and gives it up when it is cancelled', async () => {
      const scheduler = new Scheduler()
      const ended: string[] = []
      const left = new AbortController()
      function* holder(): CooperativeTask<string> {
        try {
          return yield* awaited(new Promise<string>(() => {}))
        } finally {
          ended.push('holder')
        }
      }

      const first = settled(scheduler.run(holder, {signal: left.signal, timeoutMs: 10_000, writes: true}))
      const second = scheduler.run(
        function* (): CooperativeTask<void> {
          yield
          ended.push('writer')
        },
        {timeoutMs: 10_000, writes: true},
      )
      await scheduler.run(shortTask, {timeoutMs: 10_000})
      expect(ended).to.deep.equal([])
      left.abort(new Error('left'))
      await second
      expect(String(((await first) as {error: unknown}).error)).to.equal('Error: left')
      expect(ended).to.deep.equal(['holder', 'writer'])
    })

    it('is ended by its deadline, and by the end of all tasks', async () => {
      const scheduler = new Scheduler()
      const never = () => new Promise<string>(() => {})
      const late = (await settled(scheduler.run(waiting(never()), {timeoutMs: 20}))) as {error: ServerError}
      expect(late.error.code).to.equal('query-timeout')
      const cancelled = settled(scheduler.run(waiting(never()), {timeoutMs: 10_000}))
      await scheduler.run(shortTask, {timeoutMs: 10_000})
      scheduler.cancelAll(new Error('all'))
      expect(String(((await cancelled) as {error: unknown}).error)).to.equal('Error: all')
      expect(scheduler.size).to.equal(0)
    })

    it('cannot be run at once', () => {
      expect(() => runSync(waiting(Promise.resolve(''))())).to.throw('this task waits')
    })
  })
})

function* shortTask(): CooperativeTask<number> {
  yield
  return 1
}
