import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {todays} from '../../support/rounds.js'
import {http} from '../../support/sandbox.js'
import {useServer} from '../../support/use.js'

const METHODS = [
  'graph/backup',
  'graph/check',
  'thread-api/backup-db-sqlite',
  'thread-api/close-db',
  'thread-api/create-or-open-db',
  'thread-api/datoms',
  'thread-api/db-exists',
  'thread-api/db-sync-status',
  'thread-api/get-initial-data',
  'thread-api/get-version',
  'thread-api/init',
  'thread-api/list-db',
  'thread-api/pull',
  'thread-api/q',
  'thread-api/set-context',
  'thread-api/sync-app-state',
  'thread-api/transact',
]

const NUL = 'a\0b'

/** What no method expects. */
const ODD: unknown[] = [
  NUL,
  `/tmp/${NUL}`,
  `/${'x'.repeat(300)}`,
  `/tmp/${'x/'.repeat(3000)}y`,
  '/proc/self/mem/x',
  '/dev/null/x',
  '/',
  '',
  '\uD800',
  '~',
  ':',
  null,
  true,
  0,
  -1,
  1e300,
  2 ** 53,
  [],
  [[]],
  [null],
  [NUL],
  {},
  {a: {b: NUL}},
  {'~#set': [NUL]},
  {'~#regex': '('},
  {'~#x': [1]},
  '~zNaN',
  '~m0',
  ':a/b',
  ':eavt',
  '[*]',
  '[:find ?x]',
  String.raw`[:find ?x :where [?x :db/ident "a\u0000b"]]`,
  [['[:find ?e . :in $ ?x :where [?e :db/ident ?x]]', NUL]],
  [{':db/id': -1, ':block/title': NUL}],
  [[':db/add', NUL, NUL, NUL]],
  [':block/uuid', NUL],
]

describe('what a client does wrong', function () {
  this.timeout(120_000)
  const {sandbox, server} = useServer('suite')

  const logs = () =>
    readdirSync(sandbox.graphDir())
      .filter((name) => name.endsWith('.log'))
      .map((name) => readFileSync(join(sandbox.graphDir(), name), 'utf8'))
      .join('')

  for (const method of METHODS) {
    it(`is never a failure of the server: ${method}`, async () => {
      const odd = todays(ODD, 8)
      for (const first of ['demo', ...odd]) {
        const seconds = first === 'demo' ? odd : ODD.slice(0, 2)
        const more = seconds.flatMap((second) => [
          [first, second],
          [first, second, second],
        ])
        for (const args of [[first], ...more]) {
          const answer = await http(server.port, '/v1/invoke', {body: {args, method}, token: server.token})
          expect(answer.status, `${JSON.stringify(args).slice(0, 200)}: ${answer.body.slice(0, 300)}`).to.be.within(
            200,
            499,
          )
        }
      }
    })
  }

  it('is nothing for the log, and no answer has a stack', async () => {
    const answer = await http(server.port, `/v1/events?access_token=${server.token}x\0`.replace('\0', '%00'))
    expect(answer.status).to.equal(401)
    for (const path of ['/%00', '/v1/invoke%00', '/v1/events?%00=%00&access_token=%'])
      expect((await http(server.port, path)).status, path).to.be.within(400, 499)
    expect(logs()).not.to.include(server.token)
    expect(logs()).not.to.match(/"stack"/)
  })
})
