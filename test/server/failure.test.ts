import {expect} from 'chai'

import type {CooperativeTask} from '../../src/engine/task.js'
import {ServerError} from '../../src/lib/errors.js'
import type {Call} from '../../src/server/methods/call.js'
import {explainFailure} from '../../src/server/methods/failure.js'
import {invokeMethod} from '../../src/server/methods/invoke.js'
import type {MethodContext} from '../../src/server/methods/method.js'
import {Scheduler} from '../../src/server/scheduler/scheduler.js'

const sqliteError = (errcode: number) => Object.assign(new Error('of SQLite'), {code: 'ERR_SQLITE_ERROR', errcode})
const said = (error: unknown, isWritten: boolean) =>
  (explainFailure(error, '/nowhere', isWritten) as ServerError).message

describe('what an error says about the request', () => {
  const stopping = new ServerError('server-stopping', 'the server is stopping')
  const timeout = new ServerError('query-timeout', 'cancelled after 1 s', {details: {'timeout-ms': 1000}})

  it('is that nothing was done before the commit', () => {
    expect(said(stopping, false)).to.equal('the server is stopping; nothing was done')
    expect(said(timeout, false)).to.equal('cancelled after 1 s')
    expect(said(sqliteError(13), false)).to.equal('the disk is full; nothing was written')
    expect(said(sqliteError(778), false)).to.equal('the disk failed, and the request was not executed: of SQLite')
  })

  it('is that the change was written after it', () => {
    for (const error of [stopping, timeout, sqliteError(13), sqliteError(778)])
      expect(said(error, true)).to.match(/; its change had been written before, and is in the graph$/)
    expect(explainFailure(timeout, '/nowhere', true)).to.deep.include({
      code: 'query-timeout',
      details: {'timeout-ms': 1000},
    })
  })

  it('is true of a write that is cancelled after its commit', async () => {
    for (const expected of [stopping, timeout]) {
      let now = 0
      const scheduler = new Scheduler({now: () => now})
      const written = {after: undefined, txData: []}
      const context = {
        assertOwnership() {},
        *collectGarbage(): CooperativeTask<void> {
          setImmediate(() => expected === stopping && scheduler.cancelAll(stopping))
          for (;;) {
            now += expected === stopping ? 1 : 1000
            yield
          }
        },
        graph: {name: 'demo', repo: 'logseq_db_demo'},
        onWritten() {},
        open: {
          readOnly: undefined,
          *transact(): CooperativeTask<unknown> {
            yield
            return written
          },
        },
      } as unknown as MethodContext
      const call = {args: ['demo'], era: 'head', format: 'json', method: 'thread-api/gc-graph', timeoutMs: 900} as Call
      const left = new AbortController().signal
      const error = (await invokeMethod(scheduler, context, call, left).catch(
        (error_: unknown) => error_,
      )) as ServerError
      expect(error.code).to.equal(expected.code)
      expect(error.message).to.match(
        /^(cancelled after|the server is stopping).*; its change had been written before, and is in the graph$/,
      )
    }
  })
})
