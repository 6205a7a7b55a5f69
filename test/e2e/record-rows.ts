import {copyFileSync, lstatSync, mkdirSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {type ErrorCode, ERRORS} from '../../src/lib/errors.js'
import {listServers, restartServer, serverStatus, startServer, stopServer} from '../../src/lib/index.js'
import {outcomeOf} from '../support/operations.js'
import {end, know, type Known, lives, until} from '../support/processes.js'
import {changed, directory, fifo, link, NO_IDENTITY, type Put, text} from '../support/records.js'
import {rounds, todays} from '../support/rounds.js'
import {Sandbox} from '../support/sandbox.js'
import {SEED} from '../support/seed.js'
import {deadProcess, LOOK_ALIKE, serversOf, spawnThere} from '../support/unrelated-programs.js'

/** A server that already exists, a new one, none any more; or the refusal. */
type Does = 'new' | 'same' | 'stopped' | ErrorCode

/** Result of a command, or its error. */
interface Done {
  data?: Record<string, any>
  error?: Record<string, any>
}

type Command = keyof typeof OPERATIONS

/** Operations of the commands. */
const OPERATIONS = {
  list: listServers,
  restart: restartServer,
  start: startServer,
  status: serverStatus,
  stop: stopServer,
}

const operate = (command: Command, options: {dataDir: string; repo: string; timeoutMs?: number}): Promise<Done> =>
  outcomeOf<object>(OPERATIONS[command](options))

/** What status and list say, and what the other commands do. */
interface Outcome {
  restart: Does
  start: Does
  status: string
  stop: Does
}

const replaced = (status: string): Outcome => ({restart: 'new', start: 'new', status, stop: 'server-not-found'})
const CORRUPT = replaced('corrupt')
const STALE = replaced('stale')
const STOPPED = replaced('stopped')
const USED: Outcome = {restart: 'new', start: 'same', status: 'ready', stop: 'stopped'}
const NEWER = 'lock-version-unsupported'
const RESPECTED: Outcome = {restart: NEWER, start: 'same', status: 'unsupported', stop: NEWER}
const LEFT_ALONE: Outcome = {restart: NEWER, start: NEWER, status: 'unsupported', stop: NEWER}
const WAITED_FOR: Outcome = {restart: 'new', start: 'server-unresponsive', status: 'unresponsive', stop: 'stopped'}

const tomorrow = () => new Date(Date.now() + 86_400_000).toISOString()

/** Content at the path of the record, and its status while its server lives, and when it is dead. */
const ROWS: [what: string, put: Put, alive: Outcome, dead: Outcome][] = [
  ['as its server wrote it', changed(() => ({})), USED, STALE],
  ['deleted', () => {}, STOPPED, STOPPED],
  ['empty', text(() => ''), CORRUPT, CORRUPT],
  ['truncated', text(({record}) => JSON.stringify(record).slice(0, 40)), CORRUPT, CORRUPT],
  ['garbage', text(() => '\u0000\u0001garbage\uFFFD'), CORRUPT, CORRUPT],
  ['JSON, but no record', text(() => '["a", 1]'), CORRUPT, CORRUPT],
  ['a thousand times too long', text(() => '{"repo":"'.padEnd(1_000_000, 'x')), CORRUPT, CORRUPT],
  ['only a pid', text(({record}) => JSON.stringify({pid: record['pid'] as number})), CORRUPT, CORRUPT],
  ['only an unrelated process’s pid', text(({unrelated}) => JSON.stringify({pid: unrelated.pid})), CORRUPT, CORRUPT],
  ['a directory', directory, CORRUPT, CORRUPT],
  ['a link to a record', link('record'), CORRUPT, CORRUPT],
  ['a link to nothing', link('nothing'), CORRUPT, CORRUPT],
  ['a FIFO', fifo, CORRUPT, CORRUPT],
  ['from another host', changed(() => ({'boot-id': 'b', 'machine-id': 'm', 'pid-namespace': 'n'})), USED, STALE],
  ['from another boot', changed(() => ({'boot-id': 'b'})), STALE, STALE],
  ['from another pid namespace', changed(() => ({'pid-namespace': 'n'})), USED, STALE],
  ['without an identity', changed(() => NO_IDENTITY), USED, STALE],
  ['from the future', changed(() => ({version: 3, 'x-future': [1]})), RESPECTED, STALE],
  ['from the future, of a silent server', changed(() => ({port: undefined, version: 3})), LEFT_ALONE, STALE],
  [
    'as a legacy server writes it',
    changed(() => ({...NO_IDENTITY, 'auth-token': undefined, 'owner-source': undefined, version: undefined})),
    USED,
    STALE,
  ],
  ['of another build', changed(() => ({revision: '0.0.1-other'})), USED, STALE],
  ['from tomorrow, by a clock that was set back', changed(() => ({startedAt: tomorrow()})), USED, STALE],
  ['with another graph’s port', changed(({healthy}) => ({port: healthy['port']})), WAITED_FOR, STALE],
  ['another graph’s', changed(({healthy}) => healthy), STALE, STALE],
  ['without a port', changed(() => ({port: 'x'})), WAITED_FOR, STALE],
  [
    'with an unrelated process’s pid, without a start time',
    changed(({unrelated}) => ({pid: unrelated.pid, 'process-start': undefined})),
    STALE,
    STALE,
  ],
  [
    'with an unrelated process’s pid and start time',
    changed(({unrelated}) => ({pid: unrelated.pid, 'process-start': unrelated.start})),
    STALE,
    STALE,
  ],
  ['with an unrelated process’s pid, started later', changed(({unrelated}) => ({pid: unrelated.pid})), STALE, STALE],
  [
    'of a legacy server, with an unrelated process’s pid',
    changed(({healthy, unrelated}) => ({
      ...NO_IDENTITY,
      'auth-token': undefined,
      pid: unrelated.pid,
      port: healthy['port'],
    })),
    STALE,
    STALE,
  ],
]

/**
 * Describes what each command does with each kind of record.
 * @param alive whether the server that wrote the record lives; each half is a test file of its own, run beside the other
 */
// eslint-disable-next-line mocha/no-exports -- two test files share it
export function describeRecords(alive: boolean): void {
  const server = alive ? 'its server alive' : 'its server dead'
  describe(`a record, ${server}, that is`, function () {
    this.timeout(120_000)
    let sandbox: Sandbox
    let dead: Record<string, any>
    let unrelated: Known
    let healthy: Record<string, any>

    before(async () => {
      sandbox = new Sandbox()
      await sandbox.start('healthy')
      // It has every word of a server, and every right to live.
      unrelated = await spawnThere(sandbox, LOOK_ALIKE, [
        'db-worker-node.js',
        '--repo',
        'unrelated',
        '--data-dir',
        sandbox.dataDir,
      ])
      healthy = sandbox.record('healthy')!
      const {pid, start} = await deadProcess(sandbox)
      dead = {...healthy, 'auth-token': 'dead', 'lock-id': 'dead', pid, 'process-start': start}
    })

    after(() => sandbox.dispose())

    for (const [row, [what, put, ifAlive, ifDead]] of todays([...ROWS.entries()], 20))
      it(what, () => check(`row ${row}`, put, alive ? ifAlive : ifDead, rounds((row + SEED) % 10, 0) === 0))

    /** @param byCommands run the commands, and not their operations in this process: each day for other rows */
    async function check(row: string, put: Put, {status, ...does}: Outcome, byCommands: boolean): Promise<void> {
      const act = async (command: Command, graph?: string, expected?: Does): Promise<Done> => {
        const isBounded = expected === 'server-unresponsive'
        if (!byCommands)
          return operate(command, {dataDir: sandbox.dataDir, repo: graph ?? '', ...(isBounded && {timeoutMs: 2000})})
        const flags = [...(graph === undefined ? [] : ['-r', graph]), ...(isBounded ? ['--timeout', '2s'] : [])]
        const {code: exit, data, error} = await sandbox.json(['server', command, ...flags])
        return {data, ...(error && {error: {...error, exit}})}
      }

      /** A server with its own record, or none; and then what the row puts there. */
      const prepare = async (graph: string): Promise<Known | undefined> => {
        const path = sandbox.recordPath(graph)
        const running = alive ? know((await sandbox.start(graph))['pid'] as number) : undefined
        if (!alive) makeGraph(graph)
        const record = alive ? sandbox.record(graph)! : {...dead, repo: `logseq_db_${graph}`}
        rmSync(path, {force: true})
        put({healthy, unrelated, path, record})
        return running
      }

      const running = await prepare(row)
      const [{data: reported = {}}, {data: listed = {}}] = await Promise.all([act('status', row), act('list')])
      expect(reported).to.include({status})
      expect([undefined, [running?.pid]]).to.deep.include(reported['orphans'])
      const statuses = Object.fromEntries(listed['servers'].map((server: any) => [server.graph, server.status]))
      expect(statuses).to.include({healthy: 'ready'})
      expect(statuses[row]).to.equal(status === 'stopped' ? undefined : status)
      expect(lives(unrelated)).to.equal(true)

      // Each command on a graph of its own, so that they can wait side by side; a start on the one that was looked at.
      const run = async (command: 'restart' | 'start' | 'stop', graph: string, before: Known | undefined) => {
        await expectDone(graph, does[command], await act(command, graph, does[command]), before)
        expect(lives(unrelated), `the unrelated process after ${command}`).to.equal(true)
        if (command === 'stop' && status === 'stale' && !alive) expect(sandbox.record(graph)).to.equal(undefined)
      }

      const [stopped, restarted] = [`${row} stop`, `${row} restart`]
      await Promise.all([
        run('start', row, running),
        prepare(stopped).then((before) => run('stop', stopped, before)),
        prepare(restarted).then((before) => run('restart', restarted, before)),
      ])
      // No later row lists or waits for the servers of this one.
      const graphs = [row, stopped, restarted]
      await Promise.all(graphs.flatMap((graph) => serversOf(sandbox, graph)).map((known) => end(known)))
      for (const graph of graphs) rmSync(sandbox.graphDir(graph), {force: true, recursive: true})
    }

    /** Looks whether a command did what it should: what it says, who lives, what the record says. */
    async function expectDone(graph: string, does: Does, {data = {}, error}: Done, before?: Known): Promise<void> {
      const now = serversOf(sandbox, graph)
      const reported = JSON.stringify(error ?? data)
      switch (does) {
        case 'new':
          expect(data, reported).to.include({reused: false})
          expect(data['orphan-scan']).to.equal('done')
          expect(now.map(({pid}) => pid)).to.deep.equal([data['pid']])
          expect(data['pid']).not.to.equal(before?.pid)
          expect([[], [before?.pid]]).to.deep.include(data['orphans-terminated'])
          expect(sandbox.record(graph)).to.include({pid: data['pid'], version: 2})
          expect(lstatSync(sandbox.recordPath(graph)).isFile()).to.equal(true)
          break
        case 'same':
          expect(data, reported).to.include({pid: before?.pid, reused: true})
          expect(now).to.deep.equal([before])
          break
        case 'stopped':
          expect(data, reported).to.include({pid: before?.pid})
          // The process of a server elsewhere cannot be waited for: it releases its graph, and ends a moment later.
          await until(() => serversOf(sandbox, graph).length === 0, 3000, 'its process to be gone')
          expect(sandbox.record(graph)).to.equal(undefined)
          break
        default:
          expect(error, reported).to.include({code: does})
          expect(error!.exit).to.equal(ERRORS[does].exit)
          // One whose record is gone ends itself, in its own time: then there is none.
          if (does === 'server-not-found') {
            expect([[], [before]]).to.deep.include(now)
          } else {
            expect(now).to.deep.equal([before])
          }
      }
    }

    /** A graph that nobody serves, as its files are after a crash. */
    function makeGraph(graph: string): void {
      mkdirSync(sandbox.graphDir(graph), {recursive: true})
      copyFileSync(join(sandbox.graphDir('healthy'), 'db.sqlite'), join(sandbox.graphDir(graph), 'db.sqlite'))
    }
  })
}
