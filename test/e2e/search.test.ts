import {readFileSync} from 'node:fs'

import {expect} from 'chai'

import {openSqlite} from '../../src/lib/sqlite.js'
import {writeEdn} from '../../src/values/edn-write.js'
import {valueOf} from '../support/calls.js'
import {until} from '../support/processes.js'
import {http} from '../support/sandbox.js'
import {useServer} from '../support/use.js'

const IMPORT = '{:pages-and-blocks [{:page {:block/title "Garden"} :blocks [{:block/title "water the tomatoes"}]}]}'

describe('searches through a server', function () {
  this.timeout(180_000)
  const {sandbox, server} = useServer()

  const titles = async (typed: string) => {
    const found = await valueOf(server, 'search-blocks', '"demo"', `"${typed}"`, '{:enable-snippet? false}')
    return [...writeEdn(found).matchAll(/:block\/title "((?:water|Garden)[^"]*)"/g)].map(([, title]) => title)
  }

  it('that end too early leave the index to the next: it is made to its end', async () => {
    const blocks = Array.from({length: 4000}, (_, i) => `{:block/title "leaf ${i} of a plant"}`).join(' ')
    await valueOf(
      server,
      'import-edn',
      '"demo"',
      `{:pages-and-blocks [{:page {:block/title "Bed"} :blocks [${blocks}]}]}`,
    )
    const body = {args: ['demo', 'leaf 7', {}], method: 'thread-api/search-blocks', 'query-timeout': 100}
    const first = await http(server.port, '/v1/invoke', {body, token: server.token})
    expect(first.status).to.be.oneOf([200, 408])
    // Where a file of SQLite has `user_version`: a look through SQLite would lock what the server writes.
    const version = () => readFileSync(`${sandbox.graphDir()}/search/db.sqlite`).readUInt32BE(60)
    await until(() => version() === 3, 20_000, 'the index')
  })

  it('find at once what was written, and leave an index that says that it is complete', async () => {
    expect(await titles('tomatoes')).to.deep.equal([])
    await valueOf(server, 'import-edn', '"demo"', IMPORT)
    expect(await titles('tomatoes')).to.deep.equal(['water the tomatoes'])
    expect(await titles('gard')).to.deep.equal(['Garden'])
    expect(writeEdn(await valueOf(server, 'search-build-blocks-indice-in-worker', '"demo"'))).to.equal('3')
    server.child.kill('SIGTERM')
    await until(() => server.child.exitCode !== null, 10_000, 'the end of the server')
    const db = openSqlite(`${sandbox.graphDir()}/search/db.sqlite`)
    expect(db.all('PRAGMA user_version')[0]!['user_version']).to.equal(3)
    db.close()
    expect(readFileSync(`${sandbox.graphDir()}/search/db.sqlite`).length).to.be.greaterThan(0)
  })
})
