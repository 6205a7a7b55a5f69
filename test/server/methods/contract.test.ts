import {expect} from 'chai'

import {METHODS} from '../../../src/server/methods/all.js'
import {callJson, callTransit} from '../../support/calls.js'
import {page} from '../../support/outline.js'
import {useSandbox} from '../../support/use.js'
import {serve, type Served} from '../../support/workers.js'

const PAGE = '00000000-0000-4000-8000-000000000001'
const BLOCK = '00000000-0000-4000-8000-000000000002'
const CHILD = '00000000-0000-4000-8000-000000000003'

/** A page, a block on it, and a block below that, which refers to the page. */
const TIMES = {'block/created-at': 1, 'block/updated-at': 1}
const OUTLINE = [
  {...page(PAGE, 'My page'), 'db/id': 'page'},
  {
    ...TIMES,
    'block/order': 'a0',
    'block/page': 'page',
    'block/parent': 'page',
    'block/title': 'a block',
    'block/uuid': `~u${BLOCK}`,
    'db/id': 'block',
  },
  {
    ...TIMES,
    'block/order': 'a0',
    'block/page': 'page',
    'block/parent': 'block',
    'block/refs': ['page'],
    'block/title': 'a ~child',
    'block/uuid': `~u${CHILD}`,
    'db/id': 'child',
  },
]

describe('the methods of a graph', function () {
  this.timeout(180_000)
  const sandbox = useSandbox('suite')
  let server: Served
  /** The entities of the outline. */
  let ids: {block: number; child: number; page: number; tx: number}

  before(async () => {
    server = await serve(sandbox)
    const written = await callJson(server, 'transact', 'demo', OUTLINE)
    expect(written.body).to.equal('{"ok":true,"result":null}')
    const entity = async (uuid: string) => {
      const found = await callJson(server, 'datoms', 'demo', ':avet', ':block/uuid', `~u${uuid}`)
      return (found.json.result as number[][])[0]!
    }

    const [page, block, child] = await Promise.all([PAGE, BLOCK, CHILD].map((uuid) => entity(uuid)))
    ids = {block: block![0]!, child: child![0]!, page: page![0]!, tx: page![3]!}
  })

  /** Both answers of one call, byte for byte. */
  async function answers(method: string, json: unknown[], edn: string[]) {
    const [plain, transit] = await Promise.all([callJson(server, method, ...json), callTransit(server, method, ...edn)])
    return {plain: plain.body, transit: transit.body}
  }

  /** What an answer looks like whose result is this. */
  const plain = (result: string) => `{"ok":true,"result":${result}}`
  const transit = (text: string) => `{"ok":true,"resultTransit":${JSON.stringify(text)}}`

  it('pull an entity by number, ident and lookup ref', async () => {
    for (const id of [
      String(ids.page),
      `[:block/uuid #uuid "${PAGE}"]`,
      '[:block/name "my page"]',
      '[:block/name "My Page"]',
    ]) {
      const {transit: body} = await answers('pull', ['demo', '[*]', 1], ['"demo"', '[:db/id :block/title]', id])
      expect(body, id).to.equal(transit(`["^ ","~:db/id",${ids.page},"~:block/title","My page"]`))
    }

    const byText = await callJson(server, 'pull', 'demo', '[:block/title]', [':block/uuid', `~u${PAGE}`])
    expect(byText.body).to.equal(plain('{":block/title":"My page"}'))
    const byForm = await callJson(server, 'pull', 'demo', [':block/title'], ids.page)
    expect(byForm.body).to.equal(plain('{":block/title":"My page"}'))
    expect((await callJson(server, 'pull', 'demo', '[:block/title]', ':logseq.class/Task')).body).to.equal(
      plain('{":block/title":"Task"}'),
    )
  })

  it('pull nothing for an entity that there is not', async () => {
    for (const id of [
      '[:block/name "no such page"]',
      '[:block/uuid #uuid "00000000-0000-4000-8000-00000000ffff"]',
      ':no/ident',
    ]) {
      expect((await callTransit(server, 'pull', '"demo"', '[:block/title]', id)).body, id).to.equal(
        transit('["~#\'",null]'),
      )
    }
  })

  it('pull a block with the uuid of its parent, and with whole entities for its refs', async () => {
    const child = await callTransit(
      server,
      'pull',
      '"demo"',
      '[:block/page :block/parent :block/refs]',
      String(ids.child),
    )
    const whole = await callTransit(server, 'pull', '"demo"', '[*]', String(ids.page))
    const page = (JSON.parse(whole.json.resultTransit) as unknown[]).slice(1)
    const result = JSON.parse(child.json.resultTransit) as any[]
    expect(result.slice(0, 7)).to.deep.equal([
      '^ ',
      '~:block/page',
      ['^ ', '~:db/id', ids.page],
      '~:block/parent',
      ['^ ', '^1', ids.block, '~:block/uuid', `~u${BLOCK}`],
      '~:block/refs',
      result[6],
    ])
    expect(result[6][0]).to.equal('~#list')
    expect(result[6][1][0]).to.have.length(page.length + 1)

    const none = await callTransit(server, 'pull', '"demo"', '[:block/page]', String(ids.block))
    expect(none.body).to.equal(
      transit(`["^ ","~:block/page",["^ ","~:db/id",${ids.page}],"~:block/refs",["~#list",[]]]`),
    )
    const page2 = await callTransit(server, 'pull', '"demo"', '[:block/title]', String(ids.page))
    expect(page2.body).to.equal(transit('["^ ","~:block/title","My page"]'))
  })

  it('query: relations, collections, tuples, single values, and pulls', async () => {
    const title = `:where [?e :block/uuid #uuid "${PAGE}"] [?e :block/title ?t]`
    const RESULTS: [query: string, plain: string, transit: string][] = [
      [`[:find ?e ?t ${title}]`, `[[${ids.page},"My page"]]`, `["~#set",[[${ids.page},"My page"]]]`],
      [`[:find [?t ...] ${title}]`, '["My page"]', '["My page"]'],
      [`[:find [?e ?t] ${title}]`, `[${ids.page},"My page"]`, `[${ids.page},"My page"]`],
      [`[:find ?t . ${title}]`, '"My page"', '["~#\'","My page"]'],
      ['[:find ?e :where [?e :block/title "no such title"]]', '[]', '["~#set",[]]'],
      ['[:find ?e . :where [?e :block/title "no such title"]]', 'null', '["~#\'",null]'],
      [
        `[:find (pull ?e [:block/title]) ${title}]`,
        '[[{":block/title":"My page"}]]',
        '["~#list",[[["^ ","~:block/title","My page"]]]]',
      ],
    ]
    for (const [query, inPlain, inTransit] of RESULTS) {
      const {plain: a, transit: b} = await answers('q', ['demo', [query]], ['"demo"', `[${query}]`])
      expect(a, query).to.equal(plain(inPlain))
      expect(b, query).to.equal(transit(inTransit))
    }
  })

  it('query with inputs, in both forms', async () => {
    const query = '[:find ?u . :in $ ?name :where [?e :block/name ?name] [?e :block/uuid ?u]]'
    const {plain: a, transit: b} = await answers('q', ['demo', [query, 'my page']], ['"demo"', `[${query} "my page"]`])
    expect(a).to.equal(plain(`"~u${PAGE}"`))
    expect(b).to.equal(transit(`["~#'","~u${PAGE}"]`))
  })

  it('list datoms in the order of each index', async () => {
    const {page, tx} = ids
    const uuid = `~u${PAGE}`
    const one = `[${page},":block/uuid","${uuid}",${tx},true]`
    const inTransit = `[${page},"~:block/uuid","${uuid}",${tx},true]`
    const CALLS: [index: string, json: unknown[], edn: string][] = [
      [':eavt', [page, ':block/uuid'], `${page} :block/uuid`],
      [':eavt', [page, ':block/uuid', uuid, tx], `${page} :block/uuid #uuid "${PAGE}" ${tx}`],
      [':eavt', [[':block/uuid', uuid], ':block/uuid'], `[:block/uuid #uuid "${PAGE}"] :block/uuid`],
      [':aevt', [':block/uuid', page], `:block/uuid ${page}`],
      [':avet', [':block/uuid', uuid], `:block/uuid #uuid "${PAGE}"`],
      [':avet', [':block/uuid', uuid, page], `:block/uuid #uuid "${PAGE}" ${page}`],
    ]
    for (const [index, json, edn] of CALLS) {
      const {plain: a, transit: b} = await answers(
        'datoms',
        ['demo', index, ...json],
        ['"demo"', index, ...splitEdn(edn)],
      )
      expect(a, edn).to.equal(plain(`[${one}]`))
      expect(b, edn).to.equal(transit(`["~#list",[${inTransit}]]`))
    }

    const children = await callJson(server, 'datoms', 'demo', ':avet', ':block/page', [':block/uuid', uuid])
    expect((children.json.result as number[][]).map(([e]) => e)).to.deep.equal([ids.block, ids.child])
    const none = await callJson(server, 'datoms', 'demo', ':eavt', [
      ':block/uuid',
      '~u00000000-0000-4000-8000-00000000ffff',
    ])
    expect(none.body).to.equal(plain('[]'))
  })

  it('list the datoms of one attribute by value in avet, by entity in aevt', async () => {
    const orders = async (index: string) =>
      (await callJson(server, 'datoms', 'demo', index, ':block/title')).json.result as [number, string, string][]
    const byEntity = await orders(':aevt')
    const byValue = await orders(':avet')
    expect(byValue.length).to.equal(byEntity.length).and.be.greaterThan(100)
    expect(byEntity.map(([e]) => e)).to.deep.equal(byEntity.map(([e]) => e).toSorted((a, b) => a - b))
    const titles = byValue.map((datom) => datom[2])
    expect(titles).to.deep.equal(titles.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)))
  })

  it('list all datoms', async () => {
    const all = await callJson(server, 'datoms', 'demo', ':eavt')
    expect((all.json.result as unknown[]).length).to.be.greaterThan(2000)
  })

  it('give the schema, and what a client shows first', async () => {
    const opened = await callTransit(server, 'create-or-open-db', '"demo"', '{}')
    expect(opened.json.resultTransit)
      .to.match(/^\["\^ ","~:schema",\["\^ ",/)
      .and.contain('"~:block/uuid",["^ ","~:db/unique","~:db.unique/identity"]')
    const {result} = (await callJson(server, 'get-initial-data', 'demo', {})).json
    expect(Object.keys(result as object)).to.deep.equal([':schema', ':initial-data'])
    const inTransit = await callTransit(server, 'get-initial-data', '"demo"', '{}')
    expect(inTransit.json.resultTransit).to.match(/"~:initial-data",\[\["~#datascript\/Datom",\[\d+,/)
  })

  it('accept what Logseq’s clients report about themselves', async () => {
    const ACCEPTED: [method: string, args: string[]][] = [
      ['init', []],
      ['set-context', ['{:dev? false}']],
      ['sync-app-state', ['{:git/current-repo "demo"}']],
      ['update-thread-atom', [':thread-atom/online-event', 'true']],
      ['set-db-sync-config', ['{:enabled? true}']],
      ['get-db-sync-config', []],
      ['db-sync-stop', []],
      ['release-access-handles', ['"demo"']],
      ['close-db', ['"demo"']],
    ]
    for (const [method, args] of ACCEPTED)
      expect((await callTransit(server, method, ...args)).body, method).to.equal(transit('["~#\'",null]'))
    expect((await callJson(server, 'db-sync-status', 'demo')).body).to.equal(
      plain(
        '{":repo":"demo",":graph-id":null,":ws-state":":inactive",":pending-local":0,":pending-asset":0,":pending-server":0}',
      ),
    )
  })

  it('transact, in both forms, and answer nil', async () => {
    const uuid = '#uuid "00000000-0000-4000-8000-000000000009"'
    const written = await callTransit(
      server,
      'transact',
      '"demo"',
      `[{:block/uuid ${uuid} :block/title "new" :block/name "new" :block/tags :logseq.class/Page :block/created-at 1 :block/updated-at 1}]`,
      '{:client-id "x"}',
      'nil',
    )
    expect(written.body).to.equal(transit('["~#\'",null]'))
    const retracted = await callTransit(server, 'transact', '"demo"', `[[:db/retractEntity [:block/uuid ${uuid}]]]`)
    expect(retracted.status, retracted.body).to.equal(200)
    expect((await callTransit(server, 'pull', '"demo"', '[:block/title]', `[:block/uuid ${uuid}]`)).body).to.equal(
      transit('["~#\'",null]'),
    )
  })

  describe('refuse', () => {
    const REFUSED: [method: string, args: string[], status: number, code: string][] = [
      ['q', [], 400, 'invalid-arguments'],
      ['q', ['nil'], 400, 'invalid-arguments'],
      ['q', ['7'], 400, 'invalid-arguments'],
      ['q', ['"[:find ?e]"'], 400, 'invalid-arguments'],
      ['q', ['[]'], 400, 'invalid-arguments'],
      ['q', ['[nil]'], 400, 'invalid-arguments'],
      ['q', ['[7]'], 400, 'invalid-query'],
      ['q', ['["[:find"]'], 400, 'invalid-query'],
      ['q', ['[{}]'], 400, 'invalid-query'],
      ['q', ['[[:find ?x :where [?e :block/title]]]'], 400, 'invalid-query'],
      ['q', ['[[:find ?e :in $ ?x :where [?e :block/title ?x]]]'], 400, 'invalid-query'],
      ['pull', [], 400, 'invalid-arguments'],
      ['pull', ['[*]'], 400, 'invalid-arguments'],
      ['pull', ['nil', '1'], 400, 'invalid-arguments'],
      ['pull', ['[*]', 'nil'], 400, 'invalid-arguments'],
      ['pull', ['"[*"', '1'], 400, 'invalid-query'],
      ['pull', ['7', '1'], 400, 'invalid-query'],
      ['pull', ['[7]', '1'], 400, 'invalid-query'],
      ['pull', ['[*]', '"text"'], 400, 'invalid-entity-id'],
      ['pull', ['[*]', '[:block/title "not unique"]'], 400, 'invalid-entity-id'],
      ['pull', ['[*]', '[1 2 3]'], 400, 'invalid-entity-id'],
      ['datoms', [], 400, 'invalid-arguments'],
      ['datoms', [':veat'], 400, 'invalid-arguments'],
      ['datoms', ['"eavt"'], 400, 'invalid-arguments'],
      ['datoms', [':eavt', '1', '"a"'], 400, 'invalid-arguments'],
      ['datoms', [':eavt', '1', ':a/b', '1', '"tx"'], 400, 'invalid-arguments'],
      ['datoms', [':eavt', '1', ':a/b', '1', '1', '1'], 400, 'invalid-arguments'],
      ['datoms', [':eavt', '"text"'], 400, 'invalid-entity-id'],
      ['datoms', [':aevt', '7'], 400, 'invalid-arguments'],
      ['transact', [], 400, 'invalid-arguments'],
      ['transact', ['nil'], 400, 'invalid-arguments'],
      ['transact', ['{}'], 400, 'invalid-arguments'],
      ['transact', ['[]', '7'], 400, 'invalid-arguments'],
      ['transact', ['[]', '{}', '7'], 400, 'invalid-arguments'],
      ['transact', ['[7]'], 400, 'invalid-transaction'],
      ['transact', ['[[:db/nonsense 1]]'], 400, 'invalid-transaction'],
      ['transact', ['[[:db/add 1 :block/title nil]]'], 400, 'invalid-transaction'],
      ['transact', ['[[:db/add 1 :block/title 7]]'], 400, 'invalid-transaction'],
      ['create-or-open-db', ['7'], 400, 'invalid-arguments'],
      ['get-initial-data', ['[]'], 400, 'invalid-arguments'],
      ['search-blocks', ['7'], 400, 'invalid-arguments'],
      ['search-delete-blocks', ['["x"]'], 400, 'invalid-arguments'],
      ['search-upsert-blocks', ['[{:id 1}]'], 400, 'invalid-arguments'],
      ['get-property-values', ['{}'], 400, 'invalid-arguments'],
      ['get-property-values', ['{:property-ident "x"}'], 400, 'invalid-arguments'],
      ['get-page-blocks-tree', ['"a"', '{:initial-limit 0}'], 400, 'invalid-arguments'],
      ['query-dsl-query', ['7'], 400, 'invalid-arguments'],
      ['get-blocks', ['7'], 400, 'invalid-arguments'],
      ['get-blocks', ['"{"'], 400, 'invalid-arguments'],
      ['import-edn', ['{:pages-and-blocks 7}'], 400, 'invalid-arguments'],
      ['import-db-binary', ['"x"'], 400, 'invalid-arguments'],
      ['import-db-base64', ['"AAAA"'], 400, 'invalid-arguments'],
      ['backup-db-sqlite', ['"relative"'], 400, 'invalid-arguments'],
      ['backup-db-sqlite', ['"/no/such/directory/file"'], 400, 'invalid-arguments'],
      ['backup-db-sqlite', ['"/proc"'], 400, 'invalid-arguments'],
      ['backup-db-sqlite', ['"/proc/x"'], 400, 'invalid-arguments'],
    ]

    for (const [method, args, status, code] of REFUSED) {
      it(`${method} ${args.join(' ')}`, async () => {
        const answer = await callTransit(server, method, '"demo"', ...args)
        expect(answer.status, answer.body).to.equal(status)
        expect(answer.json.ok).to.equal(false)
        expect(answer.json.error.code, answer.body).to.equal(code)
        expect(answer.json.error.message).to.be.a('string').and.not.equal('')
        if (code === 'invalid-arguments') {
          const {argument, message} = answer.json.error
          expect(message).to.match(/^[\w-]+\S* of thread-api\/[\w?-]+: expected .+, got .+$/)
          expect(message.startsWith(argument)).to.equal(true)
        }

        if (code === 'invalid-arguments')
          expect(answer.json.error)
            .to.include({method: `thread-api/${method}`})
            .and.have.property('argument')
      })
    }

    it('plain JSON that stands for nothing', async () => {
      for (const args of [['~x'], [{'~#set': 1}], [{'a b': 1}]]) {
        const answer = await callJson(server, 'transact', 'demo', ...args)
        expect(answer.status, answer.body).to.equal(400)
        expect(answer.json.error.code).to.equal('invalid-arguments')
        expect(answer.json.error.message).to.match(/^tx-data\S* of thread-api\/transact: expected .+, got .+$/)
        expect(answer.json.error).to.include({argument: 'tx-data', method: 'thread-api/transact'})
      }
    })

    it('another graph, and no graph, before all else', async () => {
      for (const method of METHODS.keys()) {
        const other = await callJson(server, method, 'other')
        const none = await callJson(server, method)
        const global = none.status === 200
        expect(other.status, method).to.equal(global ? 200 : 409)
        if (!global) expect(none.json.error.code, method).to.equal('missing-repo')
      }
    })
  })
})

/** The values in a text of EDN, each as a text. */
function splitEdn(text: string): string[] {
  return text.match(/\[[^\]]*\]|#uuid "[^"]*"|\S+/g) ?? []
}
