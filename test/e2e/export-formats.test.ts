import {readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {describeGraphs} from '../../src/lib/index.js'
import type {Value} from '../../src/values/types.js'
import {callJson, valueOf} from '../support/calls.js'
import {errorOf, operationsIn} from '../support/operations.js'
import {page, UNJUDGED} from '../support/outline.js'
import {todays} from '../support/rounds.js'
import {useSandbox} from '../support/use.js'

const DEMO = ['--repo', 'demo']
const PAGE = '00000000-0000-4000-8000-000000000001'
const FORMATS = ['sqlite', 'edn', 'datoms'] as const
type Format = (typeof FORMATS)[number]

describe('an export, in each format', function () {
  this.timeout(120_000)
  const sandbox = useSandbox('suite')
  // Commands are run where they are what a test is about; the others are operations of the library in this process.
  const {check, exportTo, importAs, placeOf, start} = operationsIn(sandbox)

  before(async () => {
    await start()
    await write()
    for (const format of ['edn', 'datoms'] as const) demo[format] = await textOf('demo', format)
  })

  /** Writes by operations, so that the facts are in the tail and in the indexes, with texts that notations stumble over. */
  async function write(): Promise<void> {
    const titles = [String.raw`a "quoted" \ text`, 'line\nbreak ; {:no [comment]}', '名前 😀 é', '#uuid "x" [[', ' ']
    const blocks = titles.map((title, i) => ({
      '~:block/uuid': `~u00000000-0000-4000-8000-00000000000${i + 2}`,
      '~:block/title': title,
    }))
    const asset = {
      '~:block/uuid': '~u00000000-0000-4000-8000-0000000000aa',
      '~:block/title': 'scan (1) – ä.pdf',
      '~:block/tags': ['~:logseq.class/Asset'],
      '~:logseq.property.asset/type': 'pdf',
      '~:logseq.property.asset/size': 12,
      '~:logseq.property.asset/checksum': 'abc',
    }
    const under = [`~u${PAGE}`, {'~:bottom?': true, '~:keep-uuid?': true}]
    for (const ops of [
      [['~:create-page', ['Häuser / 家', {'~:uuid': `~u${PAGE}`}]]],
      [['~:create-page', ['Häuser', {'~:uuid': `~u${PAGE}`}]]],
      [['~:insert-blocks', [blocks, ...under]]],
      [['~:insert-blocks', [[asset], ...under]]],
      [['~:delete-blocks', [['~u00000000-0000-4000-8000-000000000002'], null]]],
    ])
      await callJson(placeOf(), 'apply-outliner-ops', 'demo', ops, {})
    // EDN has no words for these.
    const odd = ['~:a b', '~$nil', '~m253402300800000'].map((value, i) => ({
      ':db/ident': `:logseq.kv/odd-${i}`,
      ':kv/value': value,
    }))
    expect((await callJson(placeOf(), 'transact', 'demo', odd)).status).to.equal(200)
    const query = '[[:find [?t ...] :where [?b :block/page ?p] [?p :block/title "Häuser"] [?b :block/title ?t]]]'
    const found = (await valueOf(placeOf(), 'q', '"demo"', query)) as Iterable<Value>
    expect([...found]).to.have.members([...titles.slice(1), asset['~:block/title']])
  }

  it('is EDN if the name of the file says so, and no format is given', async () => {
    for (const [name, args, format] of [
      ['notes.edn', [], 'edn'],
      ['NOTES.EDN', [], 'edn'],
      ['forced.edn', ['--format', 'sqlite'], 'sqlite'],
      ['edn', [], 'sqlite'],
    ] as const) {
      const file = join(sandbox.dir, name)
      expect(await sandbox.ok(['graph', 'export', file, ...args, ...DEMO]), name).to.include({format})
      expect(readFileSync(file, 'latin1').startsWith('SQLite format 3'), name).to.equal(format === 'sqlite')
    }
  })

  const textOf = async (repo: string, format: Format) => {
    const file = join(sandbox.dir, `${repo}.${format}.txt`)
    await exportTo(file, {format, overwrite: true}, repo)
    return readFileSync(file, 'utf8')
  }

  /** The facts of the graph `demo`, which no test changes, in both text formats. */
  const demo = {} as Record<Format, string>

  for (const format of FORMATS)
    it(`is a graph again: ${format}`, async () => {
      const file = join(sandbox.dir, `copy of.${format}`)
      await sandbox.ok(['graph', 'export', file, '--format', format, ...DEMO])
      const repo = `copy-${format}`
      const imported = await sandbox.ok(['graph', 'import', file, '--repo', repo])
      expect(imported['warnings']).to.deep.equal([])
      expect(await textOf(repo, 'edn')).to.equal(demo.edn)
      // Logseq's export leaves out what belongs to one copy, and transactions; the others are the graph itself.
      if (format !== 'edn') expect(factsOf(await textOf(repo, 'datoms'))).to.deep.equal(factsOf(demo.datoms))
      expect(await check(repo, true)).to.include({garbage: 0})
    })

  it('is read by no other words than its first bytes', async () => {
    const file = join(sandbox.dir, 'renamed.txt')
    writeFileSync(file, `; an export\n${demo.edn}`)
    // A comment in front of it: only the name says that it is EDN.
    expect((await errorOf(importAs('renamed', file))).code).to.equal('graph-damaged')
    writeFileSync(file, `\uFEFF\n${demo.edn}`)
    await importAs('renamed', file)
    writeFileSync(file, Buffer.from([...Buffer.from('{:schema "'), 0xff, ...Buffer.from('"}')]))
    const error = await errorOf(importAs('bad', file))
    expect(error).to.include({code: 'usage'})
    expect(error.message).to.match(/UTF-8/)
  })

  it('of the server as bytes and as a map is a graph again, too', async () => {
    await start('other')
    const base64 = (await callJson(placeOf('demo'), 'export-db-base64', 'demo')).json.result as string
    expect((await callJson(placeOf('other'), 'import-db-base64', 'other', base64)).json).to.include({ok: true})
    expect(await textOf('other', 'edn')).to.equal(demo.edn)
    const map = (await callJson(placeOf('demo'), 'export-edn', 'demo', {'~:export-type': '~:graph'})).json
      .result as object
    await start('third')
    const answer = await callJson(placeOf('third'), 'import-edn', 'third', map)
    expect(answer.json.result).to.have.all.keys(':tx-count')
    expect(await textOf('third', 'edn')).to.equal(demo.edn)
  })

  it('of a graph with entities that break rules is imported with a word about them', async () => {
    await start('faulty')
    const bad = {...page('00000000-0000-4000-8000-00000000bbbb', 'Bad'), 'block/journal-day': 1.5}
    await callJson(placeOf('faulty'), 'transact', 'faulty', [bad], UNJUDGED)
    for (const format of FORMATS) {
      const file = join(sandbox.dir, `faulty.${format}`)
      await exportTo(file, {format}, 'faulty')
      const args = ['graph', 'import', file, '--repo', `from-${format}`]
      const warning = `1 entity of this graph breaks Logseq’s rules: see \`logseq graph check --validity --repo from-${format}\``
      if (format !== 'sqlite') {
        const refused = await sandbox.fails(args)
        expect(refused).to.include({code: 'graph-not-valid', exit: 6})
        expect(refused.message).to.match(/1 of its entities .*:block\/journal-day/)
        expect(refused.hint).to.include('--force')
        expect(readdirSync(sandbox.dataDir)).to.not.include(`from-${format}`)
        args.push('--force')
      }

      expect((await sandbox.ok(args))['warnings']).to.deep.equal([warning])
      expect((await errorOf(check(`from-${format}`, true))).code).to.equal('graph-not-valid')
    }
  })

  it('is imported whole or not at all, when the import is killed', async () => {
    const facts = demo.edn.replace(/\]\}\n$/, '')
    const more = Array.from(
      {length: 8000},
      (_, i) => `[${10_000 + i} :block/title "Block ${i}"]\n[${10_000 + i} :block/order "a${i}"]`,
    )
    const file = join(sandbox.dir, 'large.edn')
    writeFileSync(file, `${facts}\n${more.join('\n')}]}\n`)
    const killed = join(sandbox.dataDir, 'killed')
    for (const ms of todays([150, 300, 450, 600, 900], 2)) {
      await sandbox.run(['graph', 'import', file, '--repo', 'killed', '--force'], {
        onSpawn: (child) => setTimeout(() => child.kill('SIGKILL'), ms).unref(),
      })
      const {graphs} = describeGraphs(sandbox.dataDir)
      if (graphs.some(({graph}) => graph === 'killed')) rmSync(killed, {recursive: true})
    }

    await importAs('killed', file, {force: true})
    expect(readdirSync(killed).filter((name) => name.includes('incoming'))).to.deep.equal([])
    expect((await check('killed')).datoms.eavt).to.be.greaterThan(16_000)
  })
})

/** The facts, without the order in which the schema is told. */
function factsOf(text: string): string[] {
  return text.slice(text.indexOf(':datoms [')).split('\n').sort()
}
