import {chmodSync, chownSync} from 'node:fs'
import {expect} from 'chai'

import {needsRoot} from '../support/fake-user.js'
import {Sandbox} from '../support/sandbox.js'

/** A user of whom the system knows nothing but the number, as in a container. */
const NAMELESS = 123_456

describe('a user without a name', () => {
  let sandbox: Sandbox
  const options = {env: {HOME: undefined, SHELL: undefined}, uid: NAMELESS}

  beforeEach(function () {
    needsRoot(this)
    sandbox = new Sandbox()
    chmodSync(sandbox.dir, 0o755)
    chownSync(sandbox.dataDir, NAMELESS, NAMELESS)
  })

  afterEach(() => sandbox?.dispose())

  it('starts, looks at, and stops a server', async () => {
    const {pid} = await sandbox.ok(['server', 'start', '--create', '--repo', 'demo'], options)
    expect(await sandbox.ok(['server', 'status', '--repo', 'demo'], options)).to.include({pid, status: 'ready'})
    expect((await sandbox.ok(['server', 'list'], options))['servers']).to.have.length(1)
    expect(await sandbox.ok(['server', 'restart', '--repo', 'demo'], options)).to.include({reused: false})
    await sandbox.ok(['server', 'stop', '--repo', 'demo'], options)
  })

  it('gets help, and an error that says what is wrong', async () => {
    expect(await sandbox.run(['server', 'start', '--help'], options)).to.include({code: 0, stderr: ''})
    expect(await sandbox.fails(['nonsense'], options)).to.include({code: 'unknown-command'})
    const nowhere = {...options, env: {...options.env, LOGSEQ_CLI_DATA_DIR: undefined}}
    const error = await sandbox.fails(['server', 'start', '--create', '--repo', 'demo'], nowhere)
    expect(error).to.include({code: 'data-dir-permission', exit: 5})
    expect(error.message).to.match(/\/logseq: permission denied/)
  })

  it('gets the number of the user if a directory belongs to another one', async () => {
    await sandbox.ok(['server', 'start', '--create', '--repo', 'demo'], options)
    const error = await sandbox.fails(['server', 'stop', '--repo', 'demo'])
    expect(error).to.include({code: 'data-dir-permission', user: `uid ${NAMELESS}`})
  })
})
