import {expect} from 'chai'

import {readEdn} from '../../src/values/edn-read.js'
import {Keyword} from '../../src/values/scalars.js'
import {ValueMap} from '../../src/values/types.js'
import {COMMAND_IDS} from '../support/manifest.js'
import {page} from '../support/outline.js'
import {todays} from '../support/rounds.js'
import {type RunOptions} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'

const DEMO = ['--repo', 'demo']
const UUID = '00000000-0000-4000-8000-000000000001'

/** Converts EDN to the plain data of JSON. */
function plain(value: unknown): unknown {
  if (value instanceof ValueMap)
    return Object.fromEntries(
      [...value].map(([key, held]) => [key instanceof Keyword ? key.fqn : String(key), plain(held)]),
    )
  return Array.isArray(value) ? value.map((item) => plain(item)) : value
}

describe('--output', function () {
  this.timeout(120_000)
  const sandbox = useSandbox()

  /** Runs a line with EDN, which has to be one line, and with JSON. */
  async function both(line: readonly string[], options: RunOptions = {}) {
    const edn = await sandbox.run([...line, '--output', 'edn'], options)
    expect(edn.stdout, line.join(' ')).to.match(/^\{:status "(?:ok|error)", [^\n]*\}\n$/)
    const json = await sandbox.run([...line, '--output=json'], options)
    return {
      code: edn.code,
      edn: plain(readEdn(edn.stdout)) as Record<string, any>,
      json: JSON.parse(json.stdout) as Record<string, any>,
      same: json.code === edn.code,
    }
  }

  it('is a flag of every command, and prints errors as EDN, too', async () => {
    for (const id of todays(COMMAND_IDS, 10)) {
      const words = id.split(':')
      const {edn, json, same} = await both([...words, '--no-such-flag'])
      expect(same, id).to.equal(true)
      expect(JSON.stringify(edn).replaceAll('--output edn', '--output=json'), id).to.equal(JSON.stringify(json))
      expect(edn['error'].code).to.equal('usage')
    }

    for (const line of [['serve'], ['server'], ['server', 'status', '--repo', 'nowhere'], ['graph', 'info']]) {
      const {edn, json} = await both(line)
      expect(JSON.stringify(edn).replaceAll('--output edn', '--output=json')).to.equal(JSON.stringify(json))
    }
  })

  it('prints the data of the JSON as EDN', async () => {
    await sandbox.start()
    for (const line of [
      ['server', 'status'],
      ['graph', 'info'],
      ['server', 'logs'],
      ['graph', 'backup', '--list'],
    ]) {
      const {edn, json} = await both([...line, ...DEMO])
      const timeless = (document: object) =>
        JSON.stringify(document)
          .replaceAll(/"(?:uptime-ms|memory)":\d+/g, '')
          .replaceAll(/"time":"[^"]+"/g, '')
      expect(timeless(edn), line.join(' ')).to.equal(timeless(json))
    }

    for (const line of [['version'], ['completion'], ['--version'], ['server', '--help'], ['graph', 'list']]) {
      const {edn, json} = await both(line)
      expect(edn, line.join(' ')).to.deep.equal(json)
    }
  })

  it('prints results of a graph as values, not as plain JSON', async () => {
    await sandbox.start()
    await sandbox.ok(['invoke', 'transact', JSON.stringify([page(UUID, 'a "title" \u202E')]), ...DEMO])
    const run = async (...line: string[]) => (await sandbox.run([...line, ...DEMO, '--output', 'edn'])).stdout
    const query = `[:find ?u ?t :where [?e :block/uuid ?u] [?e :block/title ?t] [?e :block/uuid #uuid "${UUID}"]]`
    expect(await run('query', query)).to.equal(
      `{:status "ok", :data {:graph "demo", :repo "logseq_db_demo", :columns ["?u" "?t"], :result #{[#uuid "${UUID}" "a \\"title\\" \\u202e"]}}}\n`,
    )
    expect(await run('invoke', 'pull', '[:db/ident]', ':logseq.class/Tag')).to.include(
      ':result {:db/ident :logseq.class/Tag}}}\n',
    )
    expect(await run('query', '[:find ?e :where [?e :block/title "none"]]')).to.include(':result #{}}}\n')
    expect(await run('query', '[:find [?i ...] :where [?e :db/ident ?i] [(= ?i :logseq.class/Tag)]]')).to.include(
      ':result [:logseq.class/Tag]}}\n',
    )
    expect(await run('query', '[:find')).to.match(/^\{:status "error", :error \{:code "invalid-query", /)
  })

  it('prints text with human, and refuses other formats and two at once', async () => {
    expect((await sandbox.run(['version', '--output', 'human'])).stdout).to.match(/^logseq-server\//)
    const printed = await Promise.all(['--json', '--output=json'].map((flag) => sandbox.run(['version', flag])))
    expect(printed[0]!.stdout).to.equal(printed[1]!.stdout)
    const wrong = await sandbox.run(['graph', 'list', '--output', 'xml'])
    expect(wrong).to.include({code: 2, stdout: ''})
    expect(wrong.stderr).to.include('"xml" is not a valid --output; use human, json or edn')
    expect(await sandbox.fails(['graph', 'list', '--output', 'edn'])).to.include({code: 'usage', exit: 2})
  })
})
