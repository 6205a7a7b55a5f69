import {execFile} from 'node:child_process'
import {mkdirSync, symlinkSync} from 'node:fs'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {expect} from 'chai'

import {cleanEnv, CLI, Sandbox} from '../support/sandbox.js'

/** Completes a command line as bash does at TAB, one answer a line. */
const COMPLETE = `
eval "$(logseq autocomplete script bash)"
complete_line() {
  local function; function=$(complete -p logseq | sed 's/.*-F \\([^ ]*\\).*/\\1/')
  COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=\${#COMP_LINE}; COMPREPLY=()
  "$function"; printf '%s\\n' "\${COMPREPLY[@]}"
}
complete_line "$@"
`

describe('completion in bash', function () {
  this.timeout(60_000)
  let box: Sandbox
  let env: NodeJS.ProcessEnv

  before(async () => {
    box = new Sandbox()
    const bin = join(box.dir, 'bin')
    mkdirSync(bin)
    symlinkSync(CLI, join(bin, 'logseq'))
    env = {...cleanEnv(), HOME: box.dir, PATH: `${bin}:${process.env['PATH']}`, XDG_CACHE_HOME: join(box.dir, 'cache')}
    await promisify(execFile)('logseq', ['autocomplete', '--refresh-cache'], {env})
  })

  after(() => box.dispose())

  for (const [line, expected] of [
    [['logseq', 'serv'], ['server']],
    [['logseq', 'graph', 'ch'], ['check']],
    [
      ['logseq', 'server', ''],
      ['list', 'restart', 'start', 'status', 'stop'],
    ],
    [
      ['logseq', 'server', 'st'],
      ['start', 'status', 'stop'],
    ],
    [['logseq', 'server', 'start', '--owner-s'], ['--owner-source']],
    [['logseq', 'server', 'list', '--al'], ['--all']],
  ] as const) {
    it(`of ${line.join(' ')} offers ${expected.join(', ')}`, async () => {
      const {stdout} = await promisify(execFile)('bash', ['-c', COMPLETE, 'bash', ...line], {env})
      expect([...new Set(stdout.trim().split('\n'))]).to.deep.equal(expected)
    })
  }
})
