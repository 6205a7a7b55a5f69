import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {namesIn} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'
import {endOf, workerArgs} from '../support/workers.js'

describe('a Markdown graph', function () {
  this.timeout(180_000)
  const sandbox = useSandbox()

  beforeEach(() => {
    for (const name of ['logseq', 'pages', 'journals'])
      mkdirSync(join(sandbox.graphDir('notes'), name), {recursive: true})
    writeFileSync(join(sandbox.graphDir('notes'), 'pages', 'mine.md'), '- mine')
  })

  const NOTES = ['--repo', 'notes']

  it('is refused by every command, which write nothing into it', async () => {
    const commands = [
      ['server', 'start'],
      ['server', 'start', '--create'],
      ['server', 'stop'],
      ['server', 'status'],
      ['server', 'restart'],
      ['graph', 'create'],
      ['graph', 'check'],
      ['graph', 'backup'],
      ['graph', 'backup', '--list'],
      ['graph', 'restore'],
      ['graph', 'export', join(sandbox.dir, 'out.sqlite')],
      ['query', '[:find ?e :where [?e :db/ident]]'],
      ['invoke', 'db-exists'],
    ]
    const errors = await Promise.all(
      commands.map(async (command) => {
        const {code, exit, message} = await sandbox.fails([...command, ...NOTES])
        return [command.join(' '), code, exit, message.includes('Markdown')]
      }),
    )
    expect(errors).to.deep.equal(commands.map((command) => [command.join(' '), 'not-a-db-graph', 2, true]))
    expect(namesIn(sandbox.graphDir('notes'))).to.deep.equal(['journals', 'logseq', 'pages'])
    expect(readFileSync(join(sandbox.graphDir('notes'), 'pages', 'mine.md'), 'utf8')).to.equal('- mine')
  })

  it('is not listed, and does not hide the graphs beside it', async () => {
    mkdirSync(sandbox.graphDir('demo'))
    writeFileSync(join(sandbox.graphDir('demo'), 'db.sqlite'), '')
    expect((await sandbox.ok(['graph', 'list']))['graphs'].map(({graph}: {graph: string}) => graph)).to.deep.equal([
      'demo',
    ])
    expect((await sandbox.ok(['server', 'list', '--all']))['servers']).to.have.length(1)
  })

  it('is refused by a server that is started by hand', async () => {
    const server = sandbox.spawn(process.execPath, workerArgs(sandbox, 'notes'), {stdio: 'pipe'})
    expect(await endOf(server)).to.include({code: 2})
    expect(namesIn(sandbox.graphDir('notes'))).to.deep.equal(['journals', 'logseq', 'pages'])
  })
})
