import {existsSync, mkdirSync, readdirSync, renameSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {backupDirectory} from '../../../src/lib/files/backups.js'
import {restoreGraph, ServerError} from '../../../src/lib/index.js'
import {unpackGraph} from '../../support/graphs.js'
import {errorOf, operationsIn} from '../../support/operations.js'
import {useSandbox} from '../../support/use.js'

describe('a restore', () => {
  const sandbox = useSandbox()
  const NAME = 'auto-20261124T120000000Z'
  const at = (state: string) => join(backupDirectory(sandbox.graphDir()), `${NAME}${state}.sqlite`)

  beforeEach(() => {
    rmSync(sandbox.graphDir(), {force: true, recursive: true})
    mkdirSync(backupDirectory(sandbox.graphDir()), {recursive: true})
    unpackGraph('fresh', join(sandbox.graphDir(), 'db.sqlite'))
    unpackGraph('fresh', at('-unchecked'))
  })

  const restore = (moment: 'copy' | 'question', change: () => void) =>
    restoreGraph({
      dataDir: sandbox.dataDir,
      repo: 'demo',
      async confirm() {
        if (moment === 'question') change()
        return true
      },
      report: {
        debug() {},
        progress(text: string) {
          if (moment === 'copy' && text.startsWith('Copying')) change()
        },
      },
    })

  for (const moment of ['question', 'copy'] as const) {
    it(`finds a backup that a check has renamed before the ${moment}`, async () => {
      const restored = await restore(moment, () => existsSync(at('-unchecked')) && renameSync(at('-unchecked'), at('')))
      expect(restored.backup).to.equal(NAME)
      expect(existsSync(at(''))).to.equal(true)
    })

    it(`reports a backup that was removed before the ${moment}`, async () => {
      const error = await restore(moment, () => {
        rmSync(at('-unchecked'), {force: true})
      }).then(undefined, (error_: ServerError) => error_)
      expect(error).to.include({code: 'backup-not-found'})
    })
  }

  it('says that it is complete when it was interrupted before the server ran again', async () => {
    const {start} = operationsIn(sandbox)
    await start('demo', false)
    const interrupt = new AbortController()
    const error = await errorOf(
      restoreGraph({
        dataDir: sandbox.dataDir,
        repo: 'demo',
        report: {
          debug(line) {
            const isReplaced = readdirSync(backupDirectory(sandbox.graphDir())).some((name) => /restore/.test(name))
            if (line.startsWith('record: ') && isReplaced)
              interrupt.abort(new ServerError('interrupted', 'Interrupted by SIGINT'))
          },
          progress(line) {
            if (line.startsWith('Waiting until no program')) setImmediate(() => this.debug('record: '))
          },
        },
        signal: interrupt.signal,
      }),
    )
    expect(error.message).to.equal('demo was restored, but its server was not started again: Interrupted by SIGINT')
    expect(error.hint).to.equal('Start its server: `logseq server start --repo demo`.')
    expect(await start('demo', false)).to.include({reused: false})
  })
})
