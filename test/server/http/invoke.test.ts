import {expect} from 'chai'

import {http, type HttpAnswer} from '../../support/sandbox.js'
import {useServer} from '../../support/use.js'

describe('the methods of /v1/invoke', function () {
  this.timeout(180_000)
  const {sandbox, server} = useServer('suite')

  function invoke(method: string, ...args: unknown[]): Promise<HttpAnswer> {
    return http(server.port, '/v1/invoke', {body: {args, method: `thread-api/${method}`}, token: server.token})
  }

  function transit(method: string, argsTransit: string): Promise<HttpAnswer> {
    return http(server.port, '/v1/invoke', {body: {argsTransit, method: `thread-api/${method}`}, token: server.token})
  }

  const WITH_REPO: [string, string, string][] = [
    ['release-access-handles', 'null', '["~#\'",null]'],
    ['db-exists', 'true', '["~#\'",true]'],
    ['close-db', 'null', '["~#\'",null]'],
  ]

  for (const [method, plain, inTransit] of WITH_REPO) {
    it(`${method} answers in plain JSON and in transit, with and without the prefix`, async () => {
      for (const repo of ['demo', 'logseq_db_demo', ' demo ']) {
        const answer = await invoke(method, repo)
        expect(answer.status).to.equal(200)
        expect(answer.body).to.equal(`{"ok":true,"result":${plain}}`)
        const same = await transit(method, JSON.stringify([repo]))
        expect(same.status).to.equal(200)
        expect(same.json).to.deep.equal({ok: true, resultTransit: inTransit})
      }
    })

    it(`${method} refuses a graph that is not this server’s`, async () => {
      for (const repo of ['other', 'logseq_db_other', 'logseq_db_logseq_db_demo', 'Demo', '..', '../demo']) {
        const answer = await invoke(method, repo)
        expect(answer.status, repo).to.equal(409)
        expect(answer.json.error).to.include({'bound-repo': 'logseq_db_demo', code: 'repo-mismatch', repo})
        expect((await transit(method, JSON.stringify([repo]))).status).to.equal(409)
      }
    })

    it(`${method} asks for a graph`, async () => {
      for (const args of [[], [''], ['  '], [null], [1], [{}], [['demo']]]) {
        const answer = await invoke(method, ...args)
        expect(answer.status).to.equal(400)
        expect(answer.json.error.code).to.equal('missing-repo')
      }
    })
  }

  it('list-db lists the graphs of the data directory', async () => {
    const answer = await invoke('list-db')
    expect(answer.body).to.equal('{"ok":true,"result":[{":name":"logseq_db_demo"}]}')
    expect((await transit('list-db', '[]')).json).to.deep.equal({
      ok: true,
      resultTransit: '[["^ ","~:name","logseq_db_demo"]]',
    })
  })

  it('get-version returns the build and the version of SQLite', async () => {
    const {result} = (await invoke('get-version')).json as {result: Record<string, string>}
    expect(Object.keys(result)).to.deep.equal([':revision', ':sqlite'])
    expect(result[':revision']).to.equal(sandbox.record()!['revision'])
    expect(result[':sqlite']).to.match(/^3\.\d+\.\d+/)
  })

  it('an unknown method is a clear error', async () => {
    for (const method of ['nonsense', '', 'constructor', '__proto__', 'toString']) {
      for (const name of [method, `thread-api/${method}`]) {
        const answer = await http(server.port, '/v1/invoke', {body: {args: [], method: name}, token: server.token})
        expect(answer.status, name).to.equal(404)
        expect(answer.json.error).to.include({code: 'unknown-method', method: name})
      }
    }
  })

  it('answers many at once, each its own', async () => {
    const answers = await Promise.all(
      Array.from({length: 100}, (_, i) => invoke('db-exists', i % 2 ? 'demo' : `other ${i}`)),
    )
    expect(answers.map(({status}) => status)).to.deep.equal(answers.map((_, i) => (i % 2 ? 200 : 409)))
    for (const [i, {json}] of answers.entries()) if (i % 2 === 0) expect(json.error.repo).to.equal(`other ${i}`)
  })
})
