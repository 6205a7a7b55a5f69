import type {ChildProcess} from 'node:child_process'
import {rmSync} from 'node:fs'
import {expect} from 'chai'

import {end, know, until} from '../support/processes.js'
import {useSandbox} from '../support/use.js'

describe('server logs', () => {
  const sandbox = useSandbox()

  it('reports starts, stops and ends that were not clean; status shows the log', async () => {
    const {log, pid} = await sandbox.ok(['server', 'start', '--repo', 'demo', '--create'])
    await end(know(pid as number)!)
    const stale = await sandbox.ok(['server', 'status', '--repo', 'demo'])
    expect(stale).to.deep.include({log, status: 'stale'})
    expect(stale['unclean-end']).to.include({pid})
    await sandbox.ok(['server', 'start', '--repo', 'demo'])
    await sandbox.ok(['server', 'stop', '--repo', 'demo'])
    const stopped = await sandbox.ok(['server', 'status', '--repo', 'demo'])
    expect(stopped).to.include({log, status: 'stopped'}).and.not.to.have.property('unclean-end')

    const {lines} = (await sandbox.ok(['server', 'logs', '--repo', 'demo'])) as {lines: {msg: string}[]}
    const msgs = lines.map(({msg}) => msg)
    expect(msgs[0]).to.equal('ready')
    expect(msgs).to.include.members(['the last server did not end cleanly', 'ready'])
    expect((await sandbox.ok(['server', 'logs', '--repo', 'demo', '-n', '1']))['lines']).to.deep.equal([lines.at(-1)])
    expect((await sandbox.ok(['server', 'logs', '--repo', 'demo', '--since', '2999-01-01']))['lines']).to.deep.equal([])
    const reported = await sandbox.run(['server', 'logs', '--repo', 'demo'])
    expect(reported.stdout.split('\n').filter((line) => / info +ready /.test(line))).to.have.length(2)
  })

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(`goes on with --follow, as JSON a line, until ${signal}`, async () => {
      await sandbox.ok(['server', 'start', '--repo', 'demo', '--create'])
      let following: ChildProcess | undefined
      let reported = ''
      const ran = sandbox.run(['server', 'logs', '--repo', 'demo', '-f', '--json'], {
        onSpawn(child) {
          following = child
          child.stdout!.on('data', (part: Buffer) => {
            reported += part.toString()
          })
        },
      })
      await until(() => reported.includes('"ready"'), 30_000, 'the lines that are there')
      await sandbox.ok(['server', 'stop', '--repo', 'demo'])
      await sandbox.ok(['server', 'start', '--repo', 'demo'])
      const parsed = () =>
        reported
          .trim()
          .split('\n')
          .map((line) => (JSON.parse(line) as {msg: string}).msg)
      await until(() => parsed().filter((msg) => msg === 'ready').length === 2, 30_000, 'the line of the next server')
      following!.kill(signal)
      expect(await ran).to.include({code, stderr: ''})
    })
  }

  it('is an error without a graph, and not without a log', async () => {
    expect((await sandbox.json(['server', 'logs', '--repo', 'nowhere'])).error.code).to.equal('graph-not-exists')
    await sandbox.ok(['server', 'start', '--repo', 'demo', '--create'])
    const {log} = await sandbox
      .ok(['server', 'stop', '--repo', 'demo'])
      .then(() => sandbox.ok(['server', 'logs', '--repo', 'demo']))
    rmSync(log as string)
    expect(await sandbox.ok(['server', 'logs', '--repo', 'demo'])).to.deep.equal({
      graph: 'demo',
      lines: [],
      repo: 'logseq_db_demo',
    })
  })
})
