import {expect} from 'chai'

import type {StoredDatabase} from '../../../src/engine/stored-database.js'
import {ServerError} from '../../../src/lib/errors.js'
import {newGraph} from '../../../src/logseq/new-graph/new-graph.js'
import {writeRules} from '../../../src/logseq/write-rules/rules.js'
import {readEdn} from '../../../src/values/edn-read.js'
import {facts, NOWHERE, reasonOf, run} from '../../engine/support.js'

const PAGE = '#uuid "aaaaaaaa-0000-4000-8000-000000000001"'
const BLOCK = '#uuid "aaaaaaaa-0000-4000-8000-000000000002"'
const TIMES = ':block/created-at 1 :block/updated-at 1'

describe('a write that is judged', () => {
  const write = (db: StoredDatabase, data: string, meta = 'nil') => run(db, data, writeRules(readEdn(meta)))
  let graph: StoredDatabase

  before(() => {
    const fresh = newGraph({now: 1, uuid: '01234567-89ab-4cde-8f01-23456789abcd'}, NOWHERE)
    graph = write(
      fresh,
      `[{:db/id "p" :block/uuid ${PAGE} :block/name "page" :block/title "Page" :block/tags :logseq.class/Page ${TIMES}}
        {:block/uuid ${BLOCK} :block/title "Block" :block/page "p" :block/parent "p" :block/order "a0" ${TIMES}}]`,
    ).after
  })

  function refused(data: string, meta?: string): ServerError {
    const before = facts(graph)
    try {
      write(graph, data, meta)
    } catch (error) {
      expect(facts(graph)).to.deep.equal(before)
      return error as ServerError
    }

    return expect.fail(`accepted: ${data}`)
  }

  it('is refused with the entity, the attribute, the rule and the value', () => {
    const error = refused(
      `[[:db/add [:block/uuid ${BLOCK}] :block/collapsed? true] [:db/retract [:block/uuid ${BLOCK}] :block/title]]`,
    )
    expect(error).to.include({code: 'invalid-transaction'})
    expect(error.message).to.contain(BLOCK).and.to.contain('not a valid block: :block/title is missing')
    expect(error.details).to.have.property('reason', 'invalid-entity')
    expect(error.details['faults']).to.deep.include({
      attribute: ':block/title',
      entity: `[:block/uuid ${BLOCK}]`,
      kind: 'block',
      rule: 'missing required key',
    })
    const wrong = refused(`[[:db/add [:block/uuid ${PAGE}] :block/tags [:block/uuid ${BLOCK}]]]`)
    expect(wrong.message).to.contain(':block/tags should be a Class, got ')
    expect((wrong.details['faults'] as {value: string}[])[0]!.value).to.match(/^\d+$/)
  })

  it('is refused for a block without page, parent and order', () => {
    const {details} = refused(
      `[{:block/uuid #uuid "aaaaaaaa-0000-4000-8000-000000000003" :block/title "new" ${TIMES}}]`,
    )
    const attributes = (details['faults'] as {attribute: string}[]).map(({attribute}) => attribute)
    expect(attributes).to.have.members([':block/page', ':block/parent', ':block/order'])
  })

  it('is refused when it takes from others what they need', () => {
    expect(refused(`[[:db/retractEntity [:block/uuid ${PAGE}]]]`).message).to.contain(BLOCK)
    expect(
      reasonOf(() =>
        write(graph, `[[:db/retractEntity [:block/uuid ${PAGE}]] [:db/retractEntity [:block/uuid ${BLOCK}]]]`),
      ),
    ).to.equal('accepted')
  })

  it('lists twenty faults of many, and how many there are', () => {
    const blocks = Array.from(
      {length: 50},
      (_, i) => `{:block/uuid #uuid "aaaaaaaa-0000-4000-8000-${String(i + 100).padStart(12, '0')}"}`,
    )
    const {details, message} = refused(`[${blocks.join(' ')}]`)
    expect(details['faults']).to.have.length(20)
    expect(message).to.match(/\(and \d{3} more\)/)
  })

  it('is not stopped by what is wrong elsewhere, and can repair it', () => {
    const broken = run(graph, `[[:db/retract [:block/uuid ${BLOCK}] :block/title]]`).after
    expect(reasonOf(() => write(broken, `[[:db/add [:block/uuid ${PAGE}] :block/title "Other"]]`))).to.equal('accepted')
    expect(reasonOf(() => write(broken, `[[:db/add [:block/uuid ${BLOCK}] :block/order "a1"]]`))).to.equal(
      'invalid-entity',
    )
    expect(reasonOf(() => write(broken, `[[:db/add [:block/uuid ${BLOCK}] :block/title "Back"]]`))).to.equal('accepted')
    expect(reasonOf(() => write(broken, `[[:db/retractEntity [:block/uuid ${BLOCK}]]]`))).to.equal('accepted')
  })

  it('is let pass by Logseq’s own words only', () => {
    const bad = `[[:db/retract [:block/uuid ${BLOCK}] :block/title]]`
    for (const meta of ['{:skip-validate-db? true}', '{:initial-db? true}', '{:fix-db? true}'])
      expect(
        reasonOf(() => write(graph, bad, meta)),
        meta,
      ).to.equal('accepted')
    for (const meta of ['{:skip-validate-db? false}', '{:skip-validate-db? nil}', '{:validate false}', '{}'])
      expect(
        reasonOf(() => write(graph, bad, meta)),
        meta,
      ).to.equal('invalid-entity')
  })

  it('leaves built-in entities as they are', () => {
    const {after} = write(
      graph,
      '[[:db/add :logseq.class/Task :block/title "Job"] [:db/add :logseq.class/Task :block/name "job"]]',
    )
    expect(after.list(after.entid(readEdn(':logseq.class/Task'))).map(({v}) => v)).to.include.members(['Task', 'task'])
  })
})
