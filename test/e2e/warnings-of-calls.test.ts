import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {know, until} from '../support/processes.js'
import {compileSchemas, conform} from '../support/schemas.js'
import {useSandbox} from '../support/use.js'

const CALLS: Array<[name: string, schema: string, args: readonly string[]]> = [
  ['query', 'query', ['query', '[:find (count ?e) . :where [?e :db/ident]]']],
  ['invoke', 'invoke', ['invoke', 'db-exists']],
  ['graph check', 'graph-check', ['graph', 'check']],
  ['graph backup', 'graph-backup', ['graph', 'backup']],
  ['graph export', 'graph-export', ['graph', 'export', 'copy.sqlite']],
]

describe('the warnings of commands that call a server', function () {
  this.timeout(180_000)
  const schemas = compileSchemas()
  const sandbox = useSandbox()

  const startAndKill = async () => {
    const {pid} = await sandbox.start()
    process.kill(pid as number, 'SIGKILL')
    await until(() => !know(pid as number), 5000, 'the end of the server')
  }

  for (const [name, schema, args] of CALLS) {
    it(`${name} reports an unclean end once, when it starts the next server`, async () => {
      await startAndKill()
      const data = await sandbox.ok([...args, '--repo', 'demo'], {cwd: sandbox.dir})
      sandbox.track(sandbox.record()!['pid'] as number)
      expect(data['warnings']).to.have.length(1)
      expect(data['warnings'][0]).to.match(/^The last server of demo \(pid \d+.*did not end cleanly/)
      conform(schemas(`${schema}.json`), data)
    })
  }

  it('a person reads them on stderr, and no more once that server runs', async () => {
    await startAndKill()
    const first = await sandbox.run(['invoke', 'db-exists', '--repo', 'demo'])
    sandbox.track(sandbox.record()!['pid'] as number)
    expect(first.stderr).to.match(/^Warning: The last server of demo /m)
    expect(first.stdout).to.equal('true\n')
    expect((await sandbox.run(['invoke', 'db-exists', '--repo', 'demo'])).stderr).not.to.contain('Warning')
  })

  it('every one warns of a second directory of the graph', async () => {
    await sandbox.start('a b')
    mkdirSync(join(sandbox.dataDir, 'a~20b'))
    writeFileSync(join(sandbox.dataDir, 'a~20b', 'db.sqlite'), '')
    for (const [name, , args] of CALLS) {
      const {warnings} = await sandbox.ok([...args, '--repo', 'a b'], {cwd: sandbox.dir})
      expect(warnings, name).to.deep.equal(['"a b" has two directories; "a b" is used, "a~20b" is ignored'])
    }
  })
})
