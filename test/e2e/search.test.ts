import {readFileSync} from 'node:fs'

import {expect} from 'chai'

import {openSqlite} from '../../src/lib/sqlite.js'
import {writeEdn} from '../../src/values/edn-write.js'
import {valueOf} from '../support/calls.js'
import {until} from '../support/processes.js'
import {useServer} from '../support/use.js'

const IMPORT = '{:pages-and-blocks [{:page {:block/title "Garden"} :blocks [{:block/title "water the tomatoes"}]}]}'

describe('searches through a server', function () {
  this.timeout(60_000)
  const {box, daemon: server} = useServer()

  const titles = async (typed: string) => {
    const found = await valueOf(server, 'search-blocks', '"demo"', `"${typed}"`, '{:enable-snippet? false}')
    return [...writeEdn(found).matchAll(/:block\/title "((?:water|Garden)[^"]*)"/g)].map(([, title]) => title)
  }

  it('find at once what was written, and leave an index that says that it is complete', async () => {
    expect(await titles('tomatoes')).to.deep.equal([])
    await valueOf(server, 'import-edn', '"demo"', IMPORT)
    expect(await titles('tomatoes')).to.deep.equal(['water the tomatoes'])
    expect(await titles('gard')).to.deep.equal(['Garden'])
    expect(writeEdn(await valueOf(server, 'search-build-blocks-indice-in-worker', '"demo"'))).to.equal('3')
    server.child.kill('SIGTERM')
    await until(() => server.child.exitCode !== null, 10_000, 'the end of the server')
    const db = openSqlite(`${box.graphDir()}/search/db.sqlite`)
    expect(db.all('PRAGMA user_version')[0]!['user_version']).to.equal(3)
    db.close()
    expect(readFileSync(`${box.graphDir()}/search/db.sqlite`).length).to.be.greaterThan(0)
  })
})
