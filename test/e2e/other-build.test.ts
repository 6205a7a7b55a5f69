import {join} from 'node:path'
import {expect} from 'chai'

import {commandsIn} from '../support/commands.js'
import {otherBuild, ownBuild} from '../support/other-build.js'
import {know, lives} from '../support/processes.js'
import {rounds} from '../support/rounds.js'
import {http} from '../support/sandbox.js'
import {compileSchemas, conform} from '../support/schemas.js'
import {useSandbox} from '../support/use.js'

const QUERY = ['query', '[:find ?e . :where [?e :db/ident :logseq.class/Tag]]', '-r', 'demo']

describe('servers of another build', function () {
  this.timeout(180_000)
  const schema = compileSchemas()
  const sandbox = useSandbox()
  const {ok} = commandsIn(sandbox)
  let other: string

  beforeEach(() => {
    other = otherBuild(sandbox, 'otherbuild')
  })

  const startOther = (repo = 'demo', ...more: string[]) =>
    sandbox.ok(['server', 'start', '--create', '-r', repo, ...more], {cli: other})

  const outcomes = ({servers}: Record<string, any>) =>
    (servers as Record<string, string>[]).map(({graph, outcome}) => `${graph} ${outcome}`)

  it('are reported by record, health, status and list', async () => {
    const version = ownBuild().split('+')[0]!
    const ours = await sandbox.start('ours')
    const theirs = await startOther()
    expect(ours).to.include({revision: ownBuild()})
    expect(theirs).to.include({revision: `${version}+otherbuild`})
    expect(sandbox.record()).to.include({revision: `${version}+otherbuild`})
    expect((await http(theirs['port'] as number, '/healthz')).json).to.include({revision: `${version}+otherbuild`})
    expect((await sandbox.run(['server', 'status', '-r', 'demo'])).stdout).to.contain(`Build   ${version}+otherbuild`)
    const listed = (await sandbox.run(['server', 'list'])).stdout
    expect(listed)
      .to.match(/VERSION/)
      .and.to.contain(`${version}+otherbuild`)
      .and.to.contain(ownBuild())
  })

  it('are shared, with one warning that says what to do, to those who may', async () => {
    const {pid} = await startOther()
    const started = await ok(['server', 'start', '-r', 'demo'])
    expect(started).to.include({pid, reused: true})
    expect(started['warnings']).to.have.length(1)
    expect(started['warnings'][0]).to.contain('otherbuild').and.to.contain('server restart')
    const asApp = await ok(['server', 'start', '-r', 'demo', '--owner-source', 'electron'])
    expect(asApp['warnings']).to.deep.equal([])

    const asked = await sandbox.run(QUERY)
    expect(asked.code).to.equal(0)
    expect(asked.stderr.match(/Warning:/g)).to.have.length(1)
    expect(asked.stderr).to.contain('otherbuild')
    expect((await ok(QUERY))['warnings']).to.have.length(1)
    expect((await sandbox.run(QUERY, {cli: other})).stderr).not.to.contain('Warning:')
    expect((await sandbox.run([...QUERY, '--owner-source', 'electron'])).stderr).not.to.contain('Warning:')

    await startOther('second')
    const {warnings} = await ok(['server', 'list'])
    expect(warnings).to.have.length(1)
    expect(warnings[0]).to.contain('demo, second').and.to.contain('server restart --outdated')
    expect((await ok(['server', 'list', '--owner-source', 'electron']))['warnings']).to.deep.equal([])
  })

  it('are replaced by restart --outdated: the requester’s own, and no others', async () => {
    const current = await sandbox.start('current')
    const [mine, second, apps] = [
      await startOther(),
      await startOther('second'),
      await startOther('apps', '--owner-source', 'electron'),
    ]
    const one = await ok(['server', 'restart', '--outdated', '-r', 'second'])
    conform(schema('server-restart.json'), one)
    expect(outcomes(one)).to.deep.equal(['second restarted'])
    expect(lives(know(mine['pid'] as number)!)).to.equal(true)

    const ran = await sandbox.run(['server', 'restart', '--outdated'])
    expect(ran.code).to.equal(0)
    expect(ran.stderr).not.to.contain('Warning')
    expect(ran.stdout)
      .to.match(/^Server left running: apps .*electron\)$/m)
      .and.to.match(/^Server restarted: demo$/m)
    expect(ran.stdout).not.to.contain('current')
    for (const {pid} of [mine, second]) expect(know(pid as number)).to.equal(undefined)
    for (const {pid} of [current, apps]) expect(know(pid as number)).not.to.equal(undefined)

    const again = await ok(['server', 'restart', '--outdated'])
    expect(outcomes(again)).to.deep.equal(['apps not-owned'])
    const asApp = await ok(['server', 'restart', '--outdated', '--owner-source', 'electron'])
    expect(outcomes(asApp)).to.deep.equal(['apps restarted'])
    expect((await sandbox.run(['server', 'restart', '--outdated'])).stdout).to.match(/^No server is of another build/)
  })

  it('that cannot be replaced do not keep others from it, and give the exit code', async () => {
    await startOther('a')
    const b = await startOther('b')
    const ran = await sandbox.json([
      'server',
      'restart',
      '--outdated',
      '--worker-script',
      join(sandbox.dir, 'nothing.js'),
    ])
    expect(ran.code).to.equal(6)
    conform(schema('server-restart.json'), ran.data)
    expect(outcomes(ran.data)).to.deep.equal(['a failed', 'b failed'])
    expect(ran.data['servers'][0].error).to.include({code: 'server-start-failed'})
    expect(know(b['pid'] as number), 'it is noticed before the stop').not.to.equal(undefined)
  })

  it('restart nothing when two builds take turns', async () => {
    const {pid} = await startOther()
    for (let turn = 0; turn < rounds(4, 20); turn++) {
      const cli = turn % 2 === 0 ? undefined : other
      expect(await sandbox.ok(['server', 'start', '-r', 'demo'], {cli})).to.include({pid, reused: true})
      expect((await sandbox.ok(QUERY, {cli}))['result']).to.be.a('number')
    }

    expect(sandbox.record()).to.include({pid})
  })
})
