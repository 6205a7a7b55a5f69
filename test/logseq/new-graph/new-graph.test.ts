import {expect} from 'chai'

import {TX0} from '../../../src/engine/datom.js'
import type {Tree} from '../../../src/engine/index/tree.js'
import {newGraph} from '../../../src/logseq/new-graph/new-graph.js'
import {isGraph, readOnlyReason} from '../../../src/logseq/write-rules/read-only.js'
import {writeEdn} from '../../../src/values/edn-write.js'
import {keyword, Uuid} from '../../../src/values/scalars.js'
import type {Value, ValueMap} from '../../../src/values/types.js'
import {GraphFiles} from '../../engine/graph-file.js'
import {all, disorder, lines, NOWHERE} from '../../engine/support.js'
import {graphFixtures, unpackGraph} from '../../support/graphs.js'

const BIRTH = {now: 1_900_000_000_000, uuid: '01234567-89ab-4cde-8f01-23456789abcd'}

describe('a new graph', () => {
  const graph = newGraph(BIRTH, NOWHERE)
  const setting = (name: string): Value | undefined =>
    graph.first(graph.entid(keyword(`logseq.kv/${name}`)), keyword('kv/value'))?.v

  it('holds what Logseq puts into one of schema 65.22', () => {
    expect({aevt: graph.aevt.count, avet: graph.avet.count, eavt: graph.eavt.count}).to.deep.equal({
      aevt: 2133,
      // 12 facts were stated before their attribute was indexed: so it is in Logseq's own graphs.
      avet: 1843,
      eavt: 2133,
    })
    expect({maxEid: graph.maxEid, maxTx: graph.maxTx - TX0}).to.deep.equal({maxEid: 173, maxTx: 1})
    expect(disorder(graph)).to.deep.equal(['avet is not what eavt is'])
  })

  it('is one that may be written', () => {
    expect(isGraph(graph)).to.equal(true)
    expect(readOnlyReason(graph)).to.equal(undefined)
  })

  it('has its own id, origin and times', () => {
    expect(setting('local-graph-uuid')).to.deep.equal(new Uuid('00000000-89ab-4cde-8f01-23456789abcd'))
    expect(writeEdn(setting('import-type') ?? null)).to.equal(':cli/create-graph')
    for (const name of ['graph-created-at', 'imported-at']) expect(setting(name), name).to.equal(BIRTH.now)
    for (const {a, v} of graph.list(undefined)) {
      if (a.name.endsWith('-at')) expect(Number(v), String(a)).to.equal(BIRTH.now)
    }
  })

  /** What is a graph's own is left out: its id, its origin, its times. */
  const masked = (tree: Tree) =>
    lines(all(tree)).map((line) =>
      line.replaceAll(/\b1\d{12}\b|#inst "[^"]+"|#uuid "00000000-[^"]+"|:cli\/create-graph|:x\/y/g, 'its own'),
    )

  for (const name of graphFixtures().filter((fixture) => ['fresh', 'g1'].includes(fixture))) {
    it(`has fact by fact what is in ${name}, a new graph that ${name === 'g1' ? 'Logseq' : 'the prototype'} has made`, () => {
      const files = new GraphFiles()
      try {
        unpackGraph(name, files.path())
        const {db} = files.connect()
        for (const index of ['eavt', 'aevt'] as const) expect(masked(graph[index])).to.deep.equal(masked(db[index]))
        // By value: times stand elsewhere.
        expect(masked(graph.avet).sort()).to.deep.equal(masked(db.avet).sort())
        expect(entries(graph.schema)).to.deep.equal(entries(db.schema))
        expect({maxEid: graph.maxEid, maxTx: graph.maxTx}).to.deep.equal({maxEid: db.maxEid, maxTx: db.maxTx})
      } finally {
        files.dispose()
      }
    })
  }

  it('is the same for the same time and uuid, and differs only there', () => {
    expect(lines(newGraph(BIRTH, NOWHERE).list(undefined))).to.deep.equal(lines(graph.list(undefined)))
    const other = lines(
      newGraph({now: BIRTH.now + 1, uuid: BIRTH.uuid.replace('89ab', 'ba98')}, NOWHERE).list(undefined),
    )
    const differing = lines(graph.list(undefined)).filter((line, i) => line !== other[i])
    expect(differing.filter((line) => !/-at |:kv\/value/.test(line))).to.deep.equal([])
    expect(differing.filter((line) => line.includes(':kv/value'))).to.have.length(3)
  })
})

function entries(schema: ValueMap): string[] {
  return [...schema]
    .map(([key, value]) => `${writeEdn(key)} ${writeEdn(value).replaceAll(/[{}]/g, '').split(', ').sort().join(',')}`)
    .sort()
}
