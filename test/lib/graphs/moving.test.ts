import {once} from 'node:events'
import {mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {graphBackups} from '../../../src/lib/client/backup.js'
import {graphInfo} from '../../../src/lib/client/info.js'
import {findGraph, listGraphs, listServedGraphs} from '../../../src/lib/graphs/locate.js'
import {readLogs} from '../../../src/lib/lifecycle/logs.js'
import {serverStatus} from '../../../src/lib/lifecycle/status.js'
import {useSandbox} from '../../support/use.js'
import {fixtureProgram} from '../../support/workers.js'

const MS = 1000

describe('a graph that is moved meanwhile', function () {
  this.timeout(60_000)
  const sandbox = useSandbox()

  beforeEach(async () => {
    const dir = sandbox.graphDir()
    mkdirSync(dir, {recursive: true})
    writeFileSync(join(dir, 'db.sqlite'), '')
    writeFileSync(join(dir, 'db-worker.lock'), JSON.stringify({repo: 'logseq_db_demo', pid: 2 ** 22 + 1, port: 1}))
    const mover = sandbox.spawn(process.execPath, [fixtureProgram('rename-forever.js'), dir, `${dir}-other`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(mover.stdout!, 'data')
  })

  /** Calls again and again. @returns the codes of the errors */
  async function codesOf(act: () => unknown): Promise<string[]> {
    const codes = new Set<string>()
    for (const began = performance.now(); performance.now() - began < MS;) {
      try {
        await act()
      } catch (error) {
        const {code, message} = error as Error & {code?: string}
        codes.add(code === 'graph-not-exists' ? code : `${code}: ${message}`)
      }
    }

    return [...codes]
  }

  it('is found, or does not exist', async () => {
    expect(await codesOf(() => findGraph('demo', sandbox.dataDir))).to.deep.equal(['graph-not-exists'])
  })

  it('does not keep others from being listed', async () => {
    const list = () => [listGraphs(sandbox.dataDir), listServedGraphs(sandbox.dataDir)]
    expect(await codesOf(list)).to.deep.equal([])
  })

  const OPERATIONS: Record<string, (options: {dataDir: string; repo: string}) => unknown> = {
    'a status': (options) => serverStatus(options),
    'a log': (options) => readLogs(options),
    facts: (options) => graphInfo(options),
    backups: (options) => graphBackups(options),
  }
  for (const [what, operation] of Object.entries(OPERATIONS)) {
    it(`has ${what}, or does not exist`, async () => {
      const codes = await codesOf(() => operation({dataDir: sandbox.dataDir, repo: 'demo'}))
      expect(codes).to.deep.equal(['graph-not-exists'])
    })
  }
})
