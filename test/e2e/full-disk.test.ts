import {rmSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {listBackups} from '../../src/lib/files/backups.js'
import {callJson, valueOf} from '../support/calls.js'
import {fillDisk, type Mounted, needsDisk} from '../support/mounts.js'
import {UNJUDGED} from '../support/outline.js'
import {end} from '../support/processes.js'
import {Sandbox} from '../support/sandbox.js'
import {serve, type Served} from '../support/workers.js'

const REPO = 'logseq_db_demo'
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

describe('a disk that is full while a graph is served', function () {
  this.timeout(180_000)
  let sandbox: Sandbox
  let disk: Mounted | undefined

  beforeEach(function () {
    sandbox = new Sandbox()
    disk = needsDisk(this, sandbox.dataDir, '8m')
  })

  afterEach(async () => {
    await Promise.all(sandbox.servers().map((known) => end(known)))
    disk?.unmount()
    await sandbox.dispose()
  })

  /** Blocks in one write. */
  const write = (server: Served, from: number, count: number) =>
    callJson(
      server,
      'transact',
      REPO,
      Array.from({length: count}, (_, i) => ({
        'block/title': `block ${from + i} ${'x'.repeat(300)}`,
        'block/uuid': `~u${uuid(from + i)}`,
      })),
      UNJUDGED,
    )

  const blocks = async (server: Served) =>
    (await valueOf(server, 'q', `"${REPO}"`, '[[:find (count ?b) . :where [?b :block/uuid] [(> ?b 200)]]]')) ?? 0

  const makeRoom = () => rmSync(join(sandbox.dataDir, 'filler'))

  for (const [name, count] of [
    ['a small write', 1],
    ['a large write', 200],
  ] as const) {
    it(`refuses ${name}, keeps the graph as it was, and goes on once there is room`, async () => {
      const server = await serve(sandbox)
      expect((await write(server, 1, 30)).status).to.equal(200)
      const before = await blocks(server)
      fillDisk(sandbox.dataDir)
      let failed: Awaited<ReturnType<typeof write>> | undefined
      let written = 0
      // What has been allotted to the log already is used up first.
      for (; !failed && written < 5000; written += count) {
        const answer = await write(server, 1000 + written, count)
        if (answer.status !== 200) failed = answer
      }

      expect(failed?.json).to.deep.include({ok: false})
      expect([failed?.status, failed?.json.error.code]).to.deep.equal([507, 'disk-full'])
      const kept = Number(before) + written - count
      expect(await blocks(server)).to.equal(kept)
      makeRoom()
      expect((await write(server, 9000, count)).status).to.equal(200)
      expect(await blocks(server)).to.equal(kept + count)
      const report = await callJson(server, 'graph/check', REPO)
      expect(report.json.result).to.include({':ok': true})
    })
  }

  it('refuses the first write of a session when there is no room for its backup', async () => {
    const server = await serve(sandbox)
    fillDisk(sandbox.dataDir)
    const refused = await write(server, 1, 1)
    expect([refused.status, refused.json.error?.code]).to.deep.equal([507, 'disk-full'])
    expect(listBackups(sandbox.graphDir())).to.deep.equal([])
    makeRoom()
    expect((await write(server, 1, 1)).status).to.equal(200)
    expect(listBackups(sandbox.graphDir()).length).to.equal(1)
  })

  it('keeps a server running that could not start again', async () => {
    const {pid} = await sandbox.ok(['server', 'start', '--repo', 'demo', '--create'])
    await sandbox.ok(['graph', 'backup', '--repo', 'demo'])
    fillDisk(sandbox.dataDir)
    for (const line of [
      ['server', 'restart', '--repo', 'demo'],
      ['server', 'restart', '--all'],
    ]) {
      const {code, stdout} = await sandbox.run([...line, '--json'])
      expect(code, line.join(' ')).to.equal(6)
      expect(stdout).to.contain('"disk-full"')
    }

    expect(await sandbox.ok(['server', 'status', '--repo', 'demo'])).to.include({pid, status: 'ready'})
    makeRoom()
    expect((await sandbox.ok(['server', 'restart', '--repo', 'demo']))['pid']).to.not.equal(pid)
  })
})
