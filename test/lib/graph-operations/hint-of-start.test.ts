import {expect} from 'chai'

import {ServerError} from '../../../src/lib/errors.js'
import {hintOfStart} from '../../../src/lib/graph-operations/hint-of-start.js'

describe('the hint of a start that is a part of another command', () => {
  for (const [hint, expected] of [
    ['Wait: `logseq COMMAND --timeout 2m`.', 'Wait: `logseq server start --timeout 2m --repo other`.'],
    ['If it is gone, run `logseq COMMAND --force`.', 'If it is gone, run `logseq server start --force --repo other`.'],
    [
      '`logseq server logs` or `logseq graph restore`',
      '`logseq server logs --repo other` or `logseq graph restore --repo other`',
    ],
    ['`logseq graph backup --list` shows them.', '`logseq graph backup --list --repo other` shows them.'],
    ['`logseq server stop --repo third`', '`logseq server stop --repo third`'],
    ['`logseq server stop --all`', '`logseq server stop --all`'],
    ['`logseq graph list` shows the graphs.', '`logseq graph list` shows the graphs.'],
    ['`logseq COMMAND --help`', '`logseq server start --help`'],
    ['Free space on `that` disk.', 'Free space on `that` disk.'],
  ] as const)
    it(`names the start, and the graph: ${hint}`, () => {
      expect(hintOfStart(new ServerError('exception', 'x', {hint}), 'other')).to.equal(expected)
    })

  it('is the start itself after an interruption', () => {
    const interrupted = new ServerError('interrupted', 'x')
    expect(hintOfStart(interrupted, 'a b')).to.equal("Start its server: `logseq server start --repo 'a b'`.")
    expect(hintOfStart(interrupted, 'x', 'server start --create')).to.include('`logseq server start --create --repo x`')
  })
})
