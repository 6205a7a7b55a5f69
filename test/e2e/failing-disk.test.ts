import {spawnSync} from 'node:child_process'
import {existsSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {callJson} from '../support/calls.js'
import {UNJUDGED} from '../support/outline.js'
import {end, lives} from '../support/processes.js'
import {http} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'
import {fixtureProgram, serve} from '../support/workers.js'

describe('a disk that fails while a graph is served', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()
  let env: Record<string, string>

  beforeEach(function () {
    const library = join(sandbox.dir, 'failing-disk.so')
    const built = spawnSync('cc', ['-shared', '-fPIC', '-w', '-o', library, fixtureProgram('failing-disk.c'), '-ldl'])
    if (process.platform !== 'linux' || built.status !== 0) {
      console.log('    no C compiler here: a disk that fails is not tried')
      this.skip()
    }

    env = {EIO_DIR: sandbox.dataDir, EIO_ON: join(sandbox.dir, 'fails'), LD_PRELOAD: library}
  })

  const fail = () => writeFileSync(env['EIO_ON']!, '')

  for (const [what, more, by] of [
    ['nothing can be written', {}, 'shutdown'],
    ['nothing can be read or written', {EIO_ALL: '1'}, 'sigterm'],
  ] as const) {
    for (const owner of ['cli', 'electron']) {
      it(`does not keep its server from stopping, when ${what}: started by ${owner}`, async () => {
        const given = {env: {...env, ...more}}
        const mine = ['--repo', 'demo', '--owner-source', owner]
        const started = await sandbox.ok(['server', 'start', '--create', ...mine], given)
        const known = sandbox.track(started['pid'] as number)!
        fail()
        if (owner === 'electron') {
          const denied = await sandbox.fails(['server', 'stop', '--repo', 'demo'], given)
          expect(denied.code).to.equal('server-owned-by-other')
          expect(lives(known)).to.equal(true)
        }

        const stopped = await sandbox.ok(['server', 'stop', ...mine], given)
        expect(stopped).to.include({pid: started['pid'], 'stopped-by': by})
        expect(lives(known)).to.equal(false)
      })
    }
  }

  for (const more of [{}, {EIO_ALL: '1'}]) {
    it(`is the reason of a start that fails, with no line of an earlier server: ${JSON.stringify(more)}`, async () => {
      await sandbox.ok(['server', 'start', '--create', '--repo', 'demo'], {env})
      await sandbox.ok(['server', 'stop', '--repo', 'demo'], {env})
      fail()
      const error = await sandbox.fails(['server', 'start', '--repo', 'demo'], {env: {...env, ...more}})
      expect(error).to.include({code: 'server-start-failed', exit: 6})
      expect(error['reason'].code).to.equal('disk-failed')
      expect(error['log-tail'] ?? []).to.deep.equal([])
    })
  }

  it('is not taken for damage of a graph or a backup that cannot be read', async () => {
    await sandbox.ok(['server', 'start', '--create', '--repo', 'demo'], {env})
    const {created} = await sandbox.ok(['graph', 'backup', '--repo', 'demo'])
    await sandbox.ok(['server', 'stop', '--repo', 'demo'], {env})
    const backup = join(sandbox.graphDir(), 'backups', `${created}.sqlite`)
    fail()
    for (const [file, args] of [
      [join(sandbox.graphDir(), 'db.sqlite'), ['server', 'start']],
      [backup, ['graph', 'restore', created as string, '--yes']],
      [backup, ['graph', 'import', backup]],
    ] as const) {
      const repo = args[1] === 'import' ? 'other' : 'demo'
      const error = await sandbox.fails([...args, '--repo', repo], {env: {...env, EIO_ALL: '1', EIO_DIR: file}})
      expect(error['reason']?.code ?? error.code, args.join(' ')).to.equal('disk-failed')
    }

    expect(existsSync(backup)).to.equal(true)
    rmSync(env['EIO_ON']!)
    expect((await sandbox.ok(['graph', 'check', '--repo', 'demo'])).graph).to.equal('demo')
  })

  it('refuses each write with a word, harms nothing, and is written on when it works again', async () => {
    await sandbox.ok(['server', 'start', '--create', '--repo', 'demo'], {env})
    const write = (time: number) => ['invoke', 'transact', `[[:db/add 1 :block/updated-at ${time}]]`, '--repo', 'demo']
    const time = async () =>
      (await sandbox.ok(['query', '[:find ?t . :where [1 :block/updated-at ?t]]', '--repo', 'demo']))['result']
    fail()
    const first = await sandbox.fails(write(1_900_000_000_001)) // what makes its backup fails
    expect([first.code, first.exit]).to.deep.equal(['disk-failed', 6])
    rmSync(env['EIO_ON']!)
    await sandbox.ok(write(1_900_000_000_002))
    fail()
    for (let i = 0; i < 2; i++) {
      const refused = await sandbox.fails(write(1_900_000_000_003))
      expect([refused.code, refused.exit]).to.deep.equal(['disk-failed', 6])
      expect(refused.hint).to.contain('disk')
      expect(await time()).to.equal(1_900_000_000_002)
    }

    rmSync(env['EIO_ON']!)
    await sandbox.ok(write(1_900_000_000_004))
    expect(await time()).to.equal(1_900_000_000_004)
    expect(await sandbox.ok(['server', 'status', '--repo', 'demo'])).not.to.have.property('damage')
    await sandbox.ok(['graph', 'check', '--repo', 'demo'])
    await sandbox.ok(['server', 'stop', '--repo', 'demo'])
  })

  it('says of a commit that it may be found at the next start, and is repeated under its request id', async () => {
    const [kept, given] = [env['EIO_ON']!, {...env, EIO_SYNC: '1'}]
    let server = await serve(sandbox, given)
    const write = (id: string, title: string) =>
      http(server.port, '/v1/invoke', {
        body: {args: ['demo', [{'block/title': title}], UNJUDGED], method: 'thread-api/transact', 'request-id': id},
        token: server.token,
      })
    const count = async (title: string) =>
      (await callJson(server, 'q', 'demo', [`[:find (count ?e) . :where [?e :block/title "${title}"]]`])).json.result
    expect((await write('first-write', 'first')).status).to.equal(200) // with the backup of the session
    fail()
    const {json, status} = await write('second-write', 'second')
    expect([status, json.error.code]).to.deep.equal([500, 'disk-failed'])
    expect(json.error.message).to.match(
      /^the disk failed: .*; the change is not in the graph now, but may be there after/,
    )
    expect(json.error.message).to.include('request-id').and.not.include('not executed')
    expect(await count('second')).to.equal(null)
    await end(server.known)
    rmSync(kept)
    server = await serve(sandbox, given)
    expect(await count('second'), 'the pages of the log had been written').to.equal(1)
    expect((await write('second-write', 'second')).status).to.equal(200)
    expect(await count('second')).to.equal(1)

    fail()
    expect((await write('third-write', 'third')).status).to.equal(500)
    rmSync(kept)
    expect((await write('third-write', 'third')).status).to.equal(200) // by the same server
    expect(await count('third')).to.equal(1)
  })

  it('is called full when the quota of the user is exceeded', async () => {
    const given = {env: {...env, EIO_QUOTA: '1'}}
    await sandbox.ok(['server', 'start', '--create', '--repo', 'demo'], given)
    const write = ['invoke', 'transact', JSON.stringify([{'block/title': 'a title'}]), JSON.stringify(UNJUDGED)]
    await sandbox.ok([...write, '--repo', 'demo'])
    fail()
    const error = await sandbox.fails([...write, '--repo', 'demo'])
    expect(error).to.include({code: 'disk-full', errno: 'EDQUOT'})
    expect(error.message).to.include('the disk quota is exceeded')
    expect(error.hint).to.include('Free space')
    const backup = await sandbox.fails(['graph', 'backup', '--repo', 'demo'])
    expect(backup).to.include({code: 'disk-full', errno: 'EDQUOT'})
    expect(backup.message).to.include('the disk quota is exceeded')
    rmSync(env['EIO_ON']!)
    await sandbox.ok([...write, '--repo', 'demo'])
    await sandbox.ok(['server', 'stop', '--repo', 'demo'])
    fail()
    const {reason} = await sandbox.fails(['server', 'start', '--repo', 'demo'], given)
    expect(reason).to.include({code: 'disk-full'})
  })

  it('is reported to a command that reads the record', async () => {
    await sandbox.start()
    fail()
    for (const command of [
      ['server', 'status'],
      ['query', '[:find ?e :where [?e :db/ident]]'],
    ]) {
      const failed = await sandbox.fails([...command, '--repo', 'demo'], {env: {...env, EIO_ALL: '1'}})
      expect(failed.code, command.join(' ')).to.equal('disk-failed')
    }
  })

  it('is reported when there is no server', async () => {
    await sandbox.start()
    await sandbox.ok(['server', 'stop', '--repo', 'demo'])
    fail()
    const refused = await sandbox.fails(['server', 'stop', '--repo', 'demo'], {env: {...env, EIO_ALL: '1'}})
    expect(refused.code).to.equal('server-not-found')
  })
})
