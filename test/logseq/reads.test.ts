import {expect} from 'chai'

import type {StoredDatabase} from '../../src/engine/stored-database.js'
import {type CooperativeTask, NO_LIMITS, runSync} from '../../src/engine/task.js'
import {listParents} from '../../src/logseq/blocks/around.js'
import {getBlocks} from '../../src/logseq/blocks/get-blocks.js'
import {Entities} from '../../src/logseq/entities.js'
import {pageExists} from '../../src/logseq/find-page.js'
import {journalTitle} from '../../src/logseq/journal-title.js'
import {listNodes} from '../../src/logseq/lists/nodes.js'
import {listPages} from '../../src/logseq/lists/pages.js'
import {listTasks} from '../../src/logseq/lists/tasks.js'
import {pageTitles, scheduledBetween} from '../../src/logseq/pages/collections.js'
import {latestJournals} from '../../src/logseq/pages/journals.js'
import {headingOf, routeInfo} from '../../src/logseq/pages/routes.js'
import {pageIndex, pageTree} from '../../src/logseq/pages/tree.js'
import {classTree, structuredChildren} from '../../src/logseq/properties/classes.js'
import {countReferences, listReferences} from '../../src/logseq/references/references.js'
import {viewData} from '../../src/logseq/views/view-data.js'
import {readEdn} from '../../src/values/edn-read.js'
import {keyword} from '../../src/values/scalars.js'
import type {List, Value, ValueMap} from '../../src/values/types.js'
import {run} from '../engine/support.js'
import {useGoldenGraph} from '../support/golden-graph.js'

// Of the graph: 214 Alpha, 216 a block on it, 219 below that, 220 below that; 218 Beta with 234; 270 a recycled page with 271;
// 245 a hidden page; 272 with the alias 273; 210 Thing < 192 Person < 212 Employee; 169 Task; 248 a journal; 198 p-num.
describe('reads of pages and blocks', () => {
  let db: StoredDatabase
  useGoldenGraph('lists-a.sqlite', (opened) => {
    db = opened
  })

  /** The graph with a change that nobody judges. */
  const changed = (data: string) => run(db, data).after
  const map = (text: string) => readEdn(text) as ValueMap
  const done = <T>(task: CooperativeTask<T>) => runSync(task)
  const ids = (rows: Iterable<Value>) => [...rows].map((row) => (row as ValueMap).get(keyword('db/id')))
  const references = (of: StoredDatabase, id: Value) =>
    ids(done(listReferences(of, id, {era: 'head', execution: NO_LIMITS}))).toSorted()
  const titleOf = (of: StoredDatabase, e: number) => {
    const entities = new Entities(of)
    return entities.titleOf(entities.get(e))
  }

  it('writes titles of journals in the format of the graph', () => {
    for (const [format, title] of [
      ['MMM do, yyyy', 'Mar 1st, 2026'],
      ['yyyy-MM-dd', '2026-03-01'],
      ['yyyy_MM_dd', '2026_03_01'],
      ['EEEE, d.M.yy', 'Sunday, 1.3.26'],
      ['E, dd MMMM yyyy', 'Sun, 01 March 2026'],
    ] as const)
      expect(journalTitle(20_260_301, format)).to.equal(title)
    const days = [1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 31].map((day) => journalTitle(20_260_100 + day, 'do'))
    expect(days.join(' ')).to.equal('1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 23rd 31st')
    const other = changed('[[:db/add :logseq.class/Journal :logseq.property.journal/title-format "yyyy/MM/dd"]]')
    expect(titleOf(other, 248)).to.equal('2026/03/01')
    const named = changed(
      '[[:db/add 216 :block/refs 248] [:db/add 216 :block/title "on [[00000001-2026-0301-0000-000000000000]]"]]',
    )
    expect(titleOf(named, 216)).to.equal('on [[Mar 1st, 2026]]')
  })

  it('replaces references to pages in titles, and leaves all others', () => {
    const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
    const title = (
      text: string,
      refs = '[:db/add 220 :block/refs 218] [:db/add 220 :block/refs 216] [:db/add 220 :block/refs 272]',
    ) => titleOf(changed(`[${refs} [:db/add 220 :block/title ${JSON.stringify(text)}]]`), 220)
    expect(title(`a [[${uuid(2)}]], [[${uuid(2)}]]`)).to.equal('a [[Beta]], [[Beta]]')
    expect(title(`#[[${uuid(2)}]] #[[${uuid(13)}]]`)).to.equal('#Beta #[[Alias target]]')
    expect(title(`[[${uuid(101)}]]`), 'a block').to.equal(`[[${uuid(101)}]]`)
    expect(title(`[[${uuid(3)}]]`), 'no reference of the block').to.equal(`[[${uuid(3)}]]`)
    expect(title(`[[${uuid(99)}]] [[x]]`)).to.equal(`[[${uuid(99)}]] [[x]]`)
    const circle = changed(
      `[[:db/add 214 :block/title "[[${uuid(2)}]]"] [:db/add 214 :block/refs 218] [:db/add 218 :block/title "[[${uuid(1)}]]"] [:db/add 218 :block/refs 214]]`,
    )
    expect(titleOf(circle, 214)).to.equal(`[[[[${uuid(1)}]]]]`)
  })

  it('takes the default of a property where there is no value', () => {
    const withDefault = changed('[[:db/add :logseq.property/priority :logseq.property/default-value 83]]')
    const wanted = map('{:priority :logseq.property/priority.medium}')
    expect(ids(done(listTasks(withDefault, wanted, NO_LIMITS)))).to.deep.equal([222, 252, 254, 259])
    expect(ids(done(listTasks(db, wanted, NO_LIMITS)))).to.deep.equal([])
    const other = map('{:priority {:db/ident :logseq.property/priority.high}}')
    expect(ids(done(listTasks(db, other, NO_LIMITS)))).to.deep.equal([251])
    expect(done(listTasks(db, map('{:status "todo" :priority 3}'), NO_LIMITS)).items).to.have.length(6)
    const entities = new Entities(
      changed(
        '[[:db/add 193 :logseq.property/scalar-default-value true] [:db/add 193 :logseq.property/default-value 76]]',
      ),
    )
    expect(entities.valueOf(entities.get(220), keyword('user.property/p-check'))).to.equal(true)
  })

  it('hides what is hidden, and what is under something recycled', () => {
    const listed = (of: StoredDatabase, options = '{:include-built-in false}') =>
      ids(done(listPages(of, map(options), NO_LIMITS)))
    expect(listed(db)).to.not.include.members([245, 270])
    expect(listed(changed('[[:db/add 266 :logseq.property/deleted-at 1]]')), 'pages under it').to.not.include.members([
      266, 267, 268,
    ])
    expect(listed(db, '{:include-built-in nil}')).to.deep.equal(listed(db))
    expect(listed(db, '{:include-built-in false :include-journal nil}')).to.deep.equal(listed(db))
    expect(listed(db, '{:include-built-in false :created-after "no date"}')).to.deep.equal(listed(db))
    expect([...done(pageTitles(changed('[[:db/add 214 :logseq.property/hide? true]]'), NO_LIMITS))]).to.not.include(
      'Alpha',
    )
    expect(references(changed('[[:db/add 234 :logseq.property/deleted-at 1]]'), 214)).to.deep.equal([249, 269])
  })

  it('lists nodes by several tags and properties', () => {
    const nodes = (options: string) => ids(done(listNodes(db, map(options), NO_LIMITS))).toSorted()
    expect(nodes('{:tag-ids [4 192]}')).to.deep.equal([235])
    expect(nodes('{:tag-ids (nil 213) :property-idents [nil]}')).to.deep.equal([218, 276])
    expect(nodes('{:tag-ids [213] :property-idents [:user.property/p-date]}')).to.deep.equal([218])
    expect(nodes('{:property-idents [:user.property/p-many]}'), 'a property of many values').to.deep.equal([226])
    expect(nodes('{:property-idents [:logseq.property/status]}'), 'defaults are no values').to.not.include(254)
    expect(nodes('{:tag-ids [99999]}')).to.deep.equal([])
  })

  it('finds references through aliases, and as the page filters them', () => {
    expect(references(db, 273)).to.deep.equal([274])
    expect(references(changed('[[:db/add 214 :logseq.property.linked-references/includes 235]]'), 214)).to.deep.equal([
      234,
    ])
    expect(references(changed('[[:db/add 214 :logseq.property.linked-references/excludes 235]]'), 214)).to.deep.equal([
      249, 269,
    ])
    expect(
      references(changed('[[:db/add 214 :logseq.property.linked-references/excludes 248]]'), 214),
      'by its page',
    ).to.deep.equal([234, 269])
    expect(references(db, 213), 'members of a class').to.deep.equal([])
    expect(references(changed('[[:db/add 220 :block/refs 213]]'), 213)).to.deep.equal([220])
    expect(
      references(changed('[[:db/add 220 :block/refs 210] [:db/add 220 :block/tags 212]]'), 210),
      'of a subclass',
    ).to.deep.equal([192])
    for (const id of ['99999', ':no/such', '[:block/uuid #uuid "00000000-0000-4000-8000-00000000ffff"]'])
      expect(references(db, readEdn(id)), id).to.deep.equal([])
  })

  it('counts references without those on the page itself, and without values of the property', () => {
    const count = (of: StoredDatabase, id: number) => done(countReferences(of, id, NO_LIMITS))
    expect(count(changed('[[:db/add 220 :block/refs 214]]'), 214)).to.equal(3)
    expect(count(db, 198), 'the class that has the property').to.equal(1)
    expect(count(changed('[[:db/add 220 :block/refs 198]]'), 198)).to.equal(2)
  })

  it('ends where blocks stand in a circle', () => {
    const circle = changed('[[:db/add 216 :block/parent 220]]')
    expect(ids(listParents(circle, 220, {era: 'head', levels: 100}))).to.deep.equal([216, 219])
    const [answer] = done(getBlocks(circle, [map('{:id 219 :opts {:children? true}}')], NO_LIMITS))
    expect(ids(answer!.get(keyword('children')) as List)).to.have.members([220, 221, 216, 222])
    expect(done(pageIndex(circle, 'Alpha', 5, NO_LIMITS))).to.not.equal(null)
    expect(done(pageTree(circle, 'Alpha', NO_LIMITS))).to.not.equal(null)
    const classes = changed('[[:db/add 210 :logseq.property.class/extends 212]]')
    expect([...done(structuredChildren(classes, 210, NO_LIMITS))]).to.have.members([192, 212])
    expect(done(classTree(classes, 210, NO_LIMITS))).to.have.length(1)
  })

  it('gives only the blocks right under one with many below it, and those in closed ones when asked', () => {
    const blocks = Array.from(
      {length: 101},
      (_, i) =>
        `{:block/uuid #uuid "10000000-0000-4000-8000-${String(i).padStart(12, '0')}" :block/parent 221 :block/page 214 :block/order "a${i}"}`,
    )
    const children = (of: StoredDatabase, options: string) => {
      const [answer] = done(getBlocks(of, [map(`{:id 219 :opts ${options}}`)], NO_LIMITS))
      return (answer!.get(keyword('children')) as List).items.length
    }

    expect(children(changed(`[${blocks.slice(0, 98).join(' ')}]`), '{:children? true}')).to.equal(100)
    expect(children(changed(`[${blocks.join(' ')}]`), '{:children? true}')).to.equal(2)
    const closed = changed(`[${blocks.slice(0, 3).join(' ')} [:db/add 221 :block/collapsed? true]]`)
    expect(children(closed, '{:children? true}')).to.equal(2)
    expect(children(closed, '{:children? true :include-collapsed-children? true}')).to.equal(5)
  })

  it('counts what it gives of each block', () => {
    let rows = 0
    const execution = {
      ...NO_LIMITS,
      reserveRows(count: number) {
        rows += count
      },
    }
    const answers = done(
      getBlocks(
        db,
        Array.from({length: 10}, () => map('{:id 216}')),
        execution,
      ),
    )
    expect(rows).to.be.at.least(10 * (answers[0]!.get(keyword('block')) as ValueMap).size)
  })

  it('finds blocks by any kind of id', () => {
    const found = (id: string) => {
      const [answer] = done(getBlocks(db, [map(`{:id ${id}}`)], NO_LIMITS))
      return (answer!.get(keyword('block')) as undefined | ValueMap)?.get(keyword('db/id'))
    }

    for (const [id, e] of [
      ['216', 216],
      ['"00000000-0000-4000-8000-000000000101"', 216],
      [':user.class/Book', 213],
      ['"Alpha"', 214],
      ['"ALPHA"', 214],
      ['99999', undefined],
      ['"nope"', undefined],
    ] as const)
      expect(found(id), id).to.equal(e)
  })

  it('asks for the tags of a page that is to exist', () => {
    const exists = (title: string, tags: string) => done(pageExists(db, title, readEdn(tags), NO_LIMITS))
    expect(exists('ALPHA', ':logseq.class/Page')).to.equal(true)
    expect(exists('alpha', '#{:logseq.class/Tag :logseq.class/Page}')).to.equal(true)
    expect(exists('book', '[:logseq.class/Tag]'), 'in its own case').to.equal(false)
    expect(exists('To be recycled', '[:logseq.class/Page]')).to.equal(true)
    for (const tags of ['nil', '[]', '#{}', '[nil]']) expect(exists('Alpha', tags), tags).to.equal(false)
  })

  it('finds no journal of tomorrow, and no recycled one', () => {
    const journals = (of: StoredDatabase, today: number) => ids(done(latestJournals(of, 10, today, NO_LIMITS)))
    expect(journals(db, 20_260_302)).to.deep.equal([250, 248])
    expect(journals(changed('[[:db/add 250 :logseq.property/deleted-at 1]]'), 20_260_302)).to.deep.equal([248])
    expect(journals(db, 20_250_101)).to.deep.equal([])
  })

  it('names a heading by its first line, whatever its case', () => {
    const heading = '00000000-0000-4000-8000-000000000193'
    const info = done(routeInfo(db, heading, NO_LIMITS))!
    expect(info.get(keyword('block-page-name'))).to.equal('gamma')
    expect(info.get(keyword('block-route-name'))).to.equal('tagged block')
    expect(done(headingOf(db, 'gamma', 'Tagged Block', NO_LIMITS))).to.not.equal(null)
    expect(done(headingOf(db, 'Gamma', 'other', NO_LIMITS))).to.equal(null)
    expect(done(routeInfo(db, 'no such page', NO_LIMITS))).to.equal(null)
  })

  it('groups tasks by their pages, and tasks that are pages under nil', () => {
    const tasks = done(scheduledBetween(db, 0, 2e12, NO_LIMITS)) as ValueMap
    expect(
      [...tasks].map(([page, rows]) => [page && (page as ValueMap).get(keyword('db/id')), ids(rows as Value[])]),
    ).to.deep.equal([
      [null, [259]],
      [250, [251, 252]],
    ])
  })

  it('fills views by what they are of, filters, sorts and groups them', () => {
    const view = (options: string) => done(viewData(db, undefined, map(options), NO_LIMITS)).get(keyword('data'))
    expect(view('{:view-feature-type :property-objects :view-for-id 198}')).to.deep.equal([239, 235, 216])
    expect(
      view('{:view-feature-type :class-objects :view-for-id 169 :sorting [{:id :block/title :asc? true}]}'),
    ).to.deep.equal([222, 251, 253, 259, 254, 252])
    expect(view('{:view-feature-type :class-objects :view-for-id 169 :input "MILK"}')).to.deep.equal([251])
    const filtered = (filter: string, more = '') =>
      view(`{:view-feature-type :property-objects :view-for-id 198 :filters {:filters [${filter}] ${more}}}`)
    expect(filtered('[:user.property/p-num :number-gt 3]')).to.deep.equal([235, 216])
    expect(filtered('[:user.property/p-num :between [3 7]]')).to.deep.equal([239, 235])
    expect(filtered('[:user.property/p-num :is #{42}]')).to.deep.equal([216])
    expect(filtered('[:block/title :text-contains "DOR"] [:user.property/p-num :is 42]', ':or? true')).to.deep.equal([
      239, 216,
    ])
    expect(filtered('[:block/title :text-contains ""] [:user.property/p-num :nonsense 1]')).to.have.length(3)
    const grouped = view(
      '{:view-feature-type :linked-references :view-for-id 214 :group-by-property-ident :block/page}',
    ) as Value[][]
    expect(grouped.map(([page, rows]) => [(page as ValueMap).get(keyword('db/id')), rows])).to.deep.equal([
      [218, [234]],
      [268, [269]],
      [248, [249]],
    ])
    expect(view('{}')).to.deep.equal([])
  })
})
