import {expect} from 'chai'

import {warningsOfBuilds} from '../../../src/lib/lifecycle/other-build.js'
import type {StatusResult} from '../../../src/lib/lifecycle/results.js'

describe('the warning about servers of another build', () => {
  const server = (graph: string, dir?: string) =>
    ({
      graph,
      owned: true,
      repo: `logseq_db_${graph}`,
      revision: '0.0.1+other',
      status: 'ready',
      ...(dir !== undefined && {'data-dir': dir}),
    }) as StatusResult
  const commandsIn = (warnings: string[]) => warnings.map((text) => /`([^`]+)`/.exec(text)?.[1])

  it('names a command that replaces these servers, and no others', () => {
    expect(commandsIn(warningsOfBuilds([]))).to.deep.equal([])
    expect(commandsIn(warningsOfBuilds([server('a b')]))).to.deep.equal(["logseq server restart --repo 'a b'"])
    expect(commandsIn(warningsOfBuilds([server('a'), server('b')]))).to.deep.equal(['logseq server restart --outdated'])
    expect(commandsIn(warningsOfBuilds([server('a', '/x y')], true))).to.deep.equal([
      "logseq server restart --repo a --data-dir '/x y'",
    ])
    expect(commandsIn(warningsOfBuilds([server('a', '/x'), server('a', '/y')], true))).to.deep.equal([
      'logseq server restart --outdated --all --everywhere',
    ])
  })
})
