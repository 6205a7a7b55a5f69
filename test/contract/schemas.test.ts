import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {ERRORS} from '../../src/lib/errors.js'
import {commandsIn} from '../support/commands.js'
import {page} from '../support/outline.js'
import {know, until} from '../support/processes.js'
import type {Envelope} from '../support/sandbox.js'
import {compilePublished, compileSchemas, conform, SCHEMAS} from '../support/schemas.js'
import {useSandbox} from '../support/use.js'

/** A pid that no process has: above the greatest that Linux gives. */
const NO_PID = 2 ** 22 + 1

describe('the published JSON schemas', function () {
  this.timeout(180_000) // each test runs many commands

  const schema = compileSchemas()
  const sandbox = useSandbox('suite')

  const {json} = commandsIn(sandbox)

  /** Runs a command, and compares what it prints with the envelope and with the schema of its own result. */
  async function printed(command: string, ...args: string[]): Promise<Envelope> {
    const words =
      command.includes(' ') || ['invoke', 'query'].includes(command) ? command.split(' ') : ['server', command]
    const ran = await json([...words, ...args])
    conform(schema('envelope.json'), ran)
    if (ran.status === 'ok') conform(schema(`${words.join('-')}.json`), ran.data)
    else conform(schema('error.json'), ran.error)
    return ran
  }

  /** The same for a command that has to succeed. */
  async function result(command: string, ...args: string[]): Promise<Record<string, any>> {
    const ran = await printed(command, ...args)
    expect(ran.status, JSON.stringify(ran)).to.equal('ok')
    return ran.data
  }

  /** The same for a command that has to fail. */
  async function failure(command: string, ...args: string[]): Promise<Envelope['error']> {
    const ran = await printed(command, ...args)
    expect(ran.status, JSON.stringify(ran)).to.equal('error')
    return ran.error
  }

  it('describe starts: a new server, one that is shared, with and without the token', async () => {
    const created = await result('start', '--repo', 'one', '--create', '--show-token')
    expect(created).to.include.keys('auth-token')
    const shared = await result('start', '--repo', 'one', '--owner-source', 'electron')
    expect(shared).to.include({owned: false, reused: true})
  })

  it('describe a start that ended a leftover server', async () => {
    const {pid} = await result('start', '--repo', 'orphaned', '--create')
    process.kill(pid as number, 'SIGSTOP') // or it sees for itself that its record is gone
    writeFileSync(sandbox.recordPath('orphaned'), '{}')
    const started = await result('start', '--repo', 'orphaned')
    expect(started['orphans-terminated']).to.deep.equal([pid])
  })

  it('describe the status of a graph in every state that can be made here', async () => {
    await result('start', '--repo', 'states', '--create')
    expect((await result('status', '--repo', 'states', '--show-token'))['status']).to.equal('ready')

    const record = sandbox.record('states')!
    process.kill(record['pid'] as number, 'SIGSTOP')
    expect((await result('status', '--repo', 'states'))['status']).to.equal('unresponsive')
    process.kill(record['pid'] as number, 'SIGCONT')

    await result('stop', '--repo', 'states')
    expect((await result('status', '--repo', 'states'))['status']).to.equal('stopped')

    sandbox.writeRecord({...record, pid: NO_PID}, 'states')
    expect((await result('status', '--repo', 'states'))['status']).to.equal('stale')
    sandbox.writeRecord('not JSON', 'states')
    expect((await result('status', '--repo', 'states'))['status']).to.equal('corrupt')
    sandbox.writeRecord({...record, version: 99}, 'states')
    await result('status', '--repo', 'states')
    sandbox.writeRecord({...record, 'boot-id': 'x', 'machine-id': 'another machine'}, 'states')
    await result('status', '--repo', 'states')
  })

  it('describe lists: with no graph, with several in different states, with all', async () => {
    expect((await result('list', '--data-dir', join(sandbox.dir, 'empty')))['servers']).to.deep.equal([])
    const listed = await result('list', '--all')
    const states = new Set((listed['servers'] as Array<{status: string}>).map(({status}) => status))
    expect(states.size, [...states].join(', ')).to.be.greaterThan(1)
    await result('list', '--show-token')
  })

  it('describe restarts and stops', async () => {
    await result('restart', '--repo', 'one')
    await result('restart', '--outdated')
    await result('restart', '--all')
    await result('stop', '--all')
    await result('start', '--repo', 'one')
    await result('stop', '--repo', 'one')

    const {pid} = await result('start', '--repo', 'one', '--create')
    const known = know(pid as number)!
    process.kill(known.pid, 'SIGSTOP')
    const stopped = await result('stop', '--repo', 'one')
    expect(stopped['stopped-by']).to.be.oneOf(['sigkill', 'sigterm'])
    await until(() => know(known.pid)?.start !== known.start, 5000, 'the end of the frozen server')
  })

  it('describe logs', async () => {
    await result('start', '--repo', 'logged', '--create')
    expect((await result('server logs', '--repo', 'logged'))['lines']).to.have.length.above(0)
    await failure('server logs', '--repo', 'nowhere')
  })

  it('describe what is read, written, and done with graphs', async () => {
    const repo = ['--repo', 'graphs']
    await result('graph create', ...repo)
    await result('invoke', 'transact', JSON.stringify([page('00000000-0000-4000-8000-000000000001', 'one')]), ...repo)
    await result('invoke', 'datoms', ':avet', ':block/uuid', ...repo)
    await result('query', '[:find ?t (count ?e) :where [?e :block/title ?t]]', ...repo)
    await result('query', '[:find ?t . :where [?t :block/title "no such title"]]', ...repo)
    await result('graph check', ...repo)
    await result('graph backup', '--list', ...repo)
    await result('graph backup', ...repo)
    await result('graph restore', ...repo)
    await result('graph export', join(sandbox.dir, 'facts.sqlite'), ...repo)
    await result('graph import', join(sandbox.dir, 'facts.sqlite'), '--repo', 'three')
    await result('graph backup remove', '--keep', '1', ...repo)
    await result('graph export', join(sandbox.dir, 'facts.edn'), '--format', 'edn', ...repo)
    await result('graph list')
    conform(schema('version.json'), (await json(['version'])).data)
    conform(schema('completion.json'), (await json(['completion', 'bash'])).data)
    await result('graph info', ...repo)
    await result('graph info', '--repo', 'three')
    await result('graph rename', 'renamed', ...repo)
    await result('graph switch')
    await result('graph switch', 'renamed')
    await result('graph switch', '--unset')
    await result('graph remove', '--repo', 'three')
    await result('graph rename', 'graphs', '--repo', 'renamed')

    expect((await failure('graph create', ...repo)).code).to.equal('graph-exists')
    expect((await failure('graph restore', 'nonsense', ...repo)).code).to.equal('backup-not-found')
    expect((await failure('query', '[:find ?e', ...repo)).code).to.equal('invalid-query')
    expect((await failure('invoke', 'nonsense', ...repo)).code).to.equal('unknown-method')
    expect((await failure('invoke', 'datoms', ...repo)).code).to.equal('invalid-arguments')
    expect((await failure('invoke', 'transact', '[7]', ...repo)).code).to.equal('invalid-transaction')
  })

  it('describe failures', async () => {
    expect((await failure('stop', '--repo', 'one')).code).to.equal('server-not-found')
    expect((await failure('status', '--repo', 'nowhere')).code).to.equal('graph-not-exists')
    expect((await failure('status')).code).to.equal('missing-repo')
    expect((await failure('start', '--no-such-flag')).code).to.equal('usage')
    expect((await failure('strat', '--repo', 'one')).code).to.equal('unknown-command')
    expect((await failure('start', '--repo', '..', '--create')).code).to.equal('invalid-graph-name')

    await result('start', '--repo', 'theirs', '--create', '--owner-source', 'electron')
    expect((await failure('stop', '--repo', 'theirs')).code).to.equal('server-owned-by-other')
    await result('stop', '--repo', 'theirs', '--owner-source', 'electron')

    mkdirSync(sandbox.graphDir('broken'))
    writeFileSync(
      join(sandbox.graphDir('broken'), 'db.sqlite'),
      'this is not a database, but long enough to be looked at',
    )
    expect((await failure('start', '--repo', 'broken')).code).to.equal('server-start-failed')
  })

  it('contain every error code', () => {
    const {properties} = schema('error.json').schema as {properties: {code: {enum: string[]}}}
    expect(properties.code.enum).to.deep.equal(Object.keys(ERRORS))
  })

  describe('validation', () => {
    const runtime = {
      'base-url': 'http://127.0.0.1:1',
      graph: 'demo',
      host: '127.0.0.1',
      lifetime: 'persistent',
      log: '/tmp/log',
      owned: true,
      'owner-source': 'cli',
      pid: 1,
      port: 1,
      repo: 'logseq_db_demo',
    }
    const start = {
      ...runtime,
      created: false,
      'orphan-scan': 'done',
      'orphans-terminated': [],
      reused: false,
      warnings: [],
    }
    const status = {...runtime, status: 'ready', warnings: []}
    const stop = {graph: 'demo', pid: 1, repo: 'logseq_db_demo', 'stopped-by': 'shutdown', warnings: []}
    const error = {code: 'usage', hint: 'h', message: 'm'}
    const named = {graph: 'demo', repo: 'logseq_db_demo'}
    const listed = {...named, dir: '/d/demo', modified: '2026-11-24T11:59:03.123Z', size: 1, warnings: []}
    const counts = {garbage: 0, nodes: 1, 'not-in-avet': 0, rows: 1, tail: 0, underfull: 0}
    const checked = {...named, ...counts, datoms: {aevt: 1, avet: 1, eavt: 1}}
    const backup = {name: '20261124T115903123Z', path: '/d/x', size: 1, time: '2026-11-24T11:59:03.123Z'}
    const found = {code: 'unclean-end', fixable: false, hint: 'h', level: 'warning', meaning: 'm', message: 'm'}
    const diagnosed = {
      checks: [{check: 'node', outcome: 'ok', summary: 's'}],
      findings: [found],
      fixes: [{done: true, message: 'm'}],
      healthy: false,
    }
    const stopped = {graph: 'demo', repo: 'logseq_db_demo', status: 'stopped'}

    const samples: Array<[name: string, good: object, bad: Record<string, object>]> = [
      [
        'server-start.json',
        start,
        {
          'a field that nobody knows': {...start, token: 'x'},
          'a host that is not the loopback': {...start, host: '0.0.0.0'},
          'a missing pid': {...start, pid: undefined},
          'a scan of another word': {...start, 'orphan-scan': 'maybe'},
        },
      ],
      ['server-restart.json', start, {'a graph made by it': {...start, created: true}, 'an extra': {...start, x: 1}}],
      ['server-stop.json', stop, {'an extra': {...stop, x: 1}, 'another way to end': {...stop, 'stopped-by': 'magic'}}],
      [
        'server-status.json',
        status,
        {
          'a pid of a server that is stopped': {...stopped, pid: 1},
          'a ready server without a port': {...status, port: undefined},
          'an extra': {...status, x: 1},
          'another status': {...status, status: 'fine'},
        },
      ],
      [
        'server-list.json',
        {'data-dir': '/d', servers: [status, stopped]},
        {'a bad server': {'data-dir': '/d', servers: [{...status, x: 1}]}, 'no servers': {'data-dir': '/d'}},
      ],
      [
        'graph-create.json',
        {...start, created: true},
        {'a graph that was there': start, 'an extra': {...start, created: true, x: 1}},
      ],
      [
        'graph-info.json',
        {...named, backups: {count: 0, size: 0}, dir: '/d/demo', server: stopped, size: 1, warnings: []},
        {
          'backups that are not counted': {...named, backups: {}, dir: '/d/demo', server: stopped, warnings: []},
          'no server': {...named, backups: {count: 0, size: 0}, dir: '/d/demo', warnings: []},
        },
      ],
      [
        'graph-remove.json',
        {...named, dir: '/d/demo', 'moved-to': '/d/x', stopped: true, undo: 'mv /d/x /d/demo', warnings: []},
        {'no way back': {...named, dir: '/d/demo', 'moved-to': '/d/x', stopped: true, warnings: []}},
      ],
      [
        'graph-rename.json',
        {...named, dir: '/d/demo', 'renamed-from': 'x', restarted: false, warnings: []},
        {'no earlier name': {...named, dir: '/d/demo', restarted: false, warnings: []}},
      ],
      [
        'graph-switch.json',
        {...named, config: '/c', 'data-dir': '/d', previous: 'x', warnings: []},
        {'no file': {...named, 'data-dir': '/d', warnings: []}},
      ],
      [
        'version.json',
        {arch: 'x64', name: 'logseq-server', node: '22.0.0', platform: 'linux', version: '1.0.0'},
        {'no version': {arch: 'x64', name: 'logseq-server', node: '22.0.0', platform: 'linux'}},
      ],
      ['completion.json', {'set-up': {bash: 'x'}}, {'no way to set it up': {script: 'x'}}],
      [
        'graph-list.json',
        {'data-dir': '/d', graphs: [listed]},
        {'an extra': {'data-dir': '/d', graphs: [{...listed, x: 1}]}, 'no directory': {graphs: []}},
      ],
      [
        'graph-check.json',
        checked,
        {'a count that is none': {...checked, rows: -1}, 'an index that is missing': {...checked, datoms: {eavt: 1}}},
      ],
      [
        'graph-backup.json',
        {
          ...named,
          backups: [{...backup, damaged: false, kind: 'own'}],
          created: backup.name,
          removed: [],
          warnings: [],
        },
        {
          'a kind that is none': {...named, backups: [{...backup, kind: 'mine'}]},
          'a backup without a time': {...named, backups: [{...backup, time: undefined}]},
          'no backups': named,
        },
      ],
      [
        'graph-restore.json',
        {...named, backup: backup.name, restarted: false, 'set-aside': '/d/x', warnings: []},
        {
          'a backup and a file': {
            ...named,
            backup: backup.name,
            file: '/x',
            restarted: false,
            'set-aside': '/d/x',
            warnings: [],
          },
          'no backup': {...named, restarted: false, 'set-aside': '/d/x', warnings: []},
        },
      ],
      [
        'graph-backup-remove.json',
        {...named, removed: [backup.name, 'auto-20261124T115903123Z', 'before-restore-1795521543123']},
        {'a name that is none': {...named, removed: ['x']}, nothing: named},
      ],
      [
        'graph-import.json',
        {...named, dir: '/d/demo', file: '/x', size: 1, warnings: []},
        {'no directory': {...named, file: '/x', size: 1, warnings: []}},
      ],
      [
        'graph-export.json',
        {...named, file: '/d/x', format: 'edn', size: 1},
        {'another format': {...named, file: '/d/x', format: 'csv', size: 1}},
      ],
      [
        'doctor.json',
        diagnosed,
        {
          'a check of another name': {...diagnosed, checks: [{check: 'x', outcome: 'ok', summary: 's'}]},
          'a finding without a hint': {...diagnosed, findings: [{...diagnosed.findings[0], hint: undefined}]},
          'a finding of another code': {...diagnosed, findings: [{...diagnosed.findings[0], code: 'x'}]},
        },
      ],
      [
        'server-env.json',
        {
          ...named,
          env: {LOGSEQ_SERVER_PID: '1', LOGSEQ_SERVER_REPO: named.repo, LOGSEQ_SERVER_URL: 'http://127.0.0.1:1'},
        },
        {
          'no variables': named,
          'no address': {...named, env: {LOGSEQ_SERVER_PID: '1', LOGSEQ_SERVER_REPO: named.repo}},
        },
      ],
      ['server-run.json', {level: 'info', msg: 'ready'}, {'a line without words': {level: 'info'}}],
      [
        'server-logs.json',
        {...named, lines: [{level: 'info', msg: 'ready', port: 1}, {msg: ''}], log: '/d/l'},
        {'a line without words': {...named, lines: [{level: 'info'}]}, 'no lines': named},
      ],
      [
        'invoke.json',
        {...named, method: 'q', result: null},
        {'an extra': {...named, method: 'q', result: 1, x: 1}, 'no result': {...named, method: 'q'}},
      ],
      [
        'query.json',
        {...named, columns: ['?e'], result: [[1]]},
        {'no columns': {...named, columns: [], result: []}, 'no result': {...named, columns: ['?e']}},
      ],
      [
        'error.json',
        {...error, anything: 'else'},
        {'a code of another program': {...error, code: 'E_OTHER'}, 'a token': {...error, 'auth-token': 'x'}},
      ],
      [
        'envelope.json',
        {error, status: 'error'},
        {
          'both data and error': {data: {}, error, status: 'ok'},
          'no data': {status: 'ok'},
          'no status': {data: {}},
        },
      ],
    ]

    for (const [name, good, bad] of samples) {
      it(`rejects invalid values of ${name}, and no valid one`, () => {
        const validate = schema(name)
        conform(validate, good)
        for (const [what, value] of Object.entries(bad)) expect(validate(value), what).to.equal(false)
      })
    }

    it('accepts fields of a later version: as published, each schema is open', () => {
      const published = compilePublished()
      for (const [name, good] of samples) {
        if (name === 'envelope.json') continue // has one of two fields
        conform(published(name), {...good, 'a-field-of-a-later-version': {of: ['any', 'kind']}})
      }
    })

    it('rejects something by every schema', () => {
      const tried = samples.map(([name]) => name)
      expect([...tried, 'runtime.json'].toSorted()).to.deep.equal(SCHEMAS.toSorted())
    })
  })
})
