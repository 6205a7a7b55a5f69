import {spawnSync} from 'node:child_process'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

import {compiled} from '../../support/compiled.js'
import {cleanEnv} from '../../support/sandbox.js'
import {useSandbox} from '../../support/use.js'

const MODULE = fileURLToPath(new URL('../../../src/server/ownership/inheritable-fds.ts', import.meta.url))

/** Which of some descriptors are open, after what was inherited has been closed. */
const PROGRAM = `
  import {closeInheritableFds} from ${JSON.stringify(MODULE)}
  import {fstatSync} from 'node:fs'
  const isOpen = (fd: number) => { try { fstatSync(fd); return true } catch { return false } }
  const before = [20, 22, 24, 26].filter(isOpen)
  closeInheritableFds()
  console.log(JSON.stringify({after: [20, 22, 24, 26].filter(isOpen), before}))`

describe('what a server inherits', () => {
  const sandbox = useSandbox()

  it('is closed: pipes, and files that its parent has; but no file that may be its own', () => {
    writeFileSync(join(sandbox.dir, 'file'), '')
    // 20 and 24 are the parent's too; what stands behind the command is not.
    const script = 'exec 20<file 24> >(cat >/dev/null); "$0" "$@" 22<file 26> >(cat >/dev/null); true'
    const args = ['-c', script, process.execPath, compiled(PROGRAM)]
    const {stderr, stdout} = spawnSync('bash', args, {cwd: sandbox.dir, encoding: 'utf8', env: cleanEnv()})
    expect(JSON.parse(stdout), stderr).to.deep.equal({after: [22], before: [20, 22, 24, 26]})
  })
})
