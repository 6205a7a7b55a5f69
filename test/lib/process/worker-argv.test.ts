import {expect} from 'chai'

import {isWorkerScript, parseCommand, parseFlags} from '../../../src/lib/process/worker-argv.js'

describe('the arguments of a server', () => {
  const FLAGS: [args: string[], expected: Record<string, string>][] = [
    [[], {}],
    [['--repo', 'logseq_db_demo', '--data-dir', '/a b/c'], {'data-dir': '/a b/c', repo: 'logseq_db_demo'}],
    [['--create-empty-db'], {'create-empty-db': ''}],
    [['--create-empty-db', '--repo', 'r'], {'create-empty-db': '', repo: 'r'}],
    [['--repo', ''], {repo: ''}],
    [['--repo', 'a\nb', '--data-dir', '-d'], {'data-dir': '-d', repo: 'a\nb'}],
    [['stray', '--repo', 'r', 'stray', '-x', '--log-level', 'info'], {'log-level': 'info', repo: 'r'}],
    [['--repo', 'first', '--repo', 'second'], {repo: 'second'}],
  ]
  for (const [args, expected] of FLAGS) {
    it(`${JSON.stringify(args)} are flags`, () => {
      expect(parseFlags(args)).to.deep.equal(expected)
    })
  }

  const COMMANDS: [argv: string[], script: string | undefined][] = [
    [['node', '/x/db-worker-node.js', '--repo', 'r'], '/x/db-worker-node.js'],
    [['/usr/bin/node', 'db-worker-node', '--repo', 'r'], 'db-worker-node'],
    [['/opt/Logseq/Logseq', '/x y/db-worker-node.js'], '/x y/db-worker-node.js'],
    [['node', '--enable-source-maps', '--max-old-space-size=100', 'd.js'], 'd.js'],
    [['node', '--require', 'x.js', 'd.js'], 'd.js'],
    [['node', '-r', 'x.js', '--import', 'tsx', '--conditions', 'c', 'd.js'], 'd.js'],
    [['node', '--require=x.js', 'd.js'], 'd.js'],
    [['node', '--title', 'db-worker-node.js', 'd.js'], 'd.js'],
    [['node', '--inspect', 'd.js'], 'd.js'],
    [['node', '--', 'd.js'], 'd.js'],
    [['node', 'd.js', '-e', 'x'], 'd.js'],
    [['node', 'inspect', 'db-worker-node.js'], 'inspect'],
    [['db-worker-node.js', '--repo', 'logseq_db_demo'], 'logseq_db_demo'],
    [['node', '-e', 'x', 'db-worker-node.js'], undefined],
    [['node', '--eval', 'x', 'db-worker-node.js'], undefined],
    [['node', '--eval=x', 'db-worker-node.js'], undefined],
    [['node', '-p', 'x', 'db-worker-node.js'], undefined],
    [['node', '-pe', 'x', 'db-worker-node.js'], undefined],
    [['node', '--print=x', 'db-worker-node.js'], undefined],
    [['node', '-i', 'db-worker-node.js'], undefined],
    [['node', '--check', 'db-worker-node.js'], undefined],
    [['node', '-c', 'db-worker-node.js'], undefined],
    [['node', '--test', 'db-worker-node.js'], undefined],
    [['node', '--watch', 'db-worker-node.js'], undefined],
    [['node', '-', 'db-worker-node.js'], undefined],
    [['node', '--require', 'x.js', '-e', 'x', 'db-worker-node.js'], undefined],
    [['node', '--require'], undefined],
    [['node'], undefined],
    [[''], undefined],
    [[], undefined],
  ]
  for (const [argv, script] of COMMANDS) {
    it(`${JSON.stringify(argv)} runs ${script ?? 'no script'}`, () => {
      expect(parseCommand(argv)?.script).to.equal(script)
    })
  }

  it('only flags after the script are the server’s', () => {
    expect(parseCommand(['node', '--repo=x', '--title', 'y', 'd.js', '--repo', 'r'])?.flags).to.deep.equal({repo: 'r'})
  })

  for (const [script, expected] of [
    ['db-worker-node.js', true],
    ['/usr/bin/db-worker-node', true],
    ['/a b/db-worker-node.js', true],
    ['db-worker-node.mjs', false],
    ['my-db-worker-node.js', false],
    ['db-worker-node.js.bak', false],
    ['/db-worker-node.js/other.js', false],
    ['', false],
  ] as const) {
    it(`${JSON.stringify(script)} is ${expected ? '' : 'not '}the server`, () => {
      expect(isWorkerScript(script)).to.equal(expected)
    })
  }
})
