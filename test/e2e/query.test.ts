import {once} from 'node:events'
import {readFileSync} from 'node:fs'
import {text} from 'node:stream/consumers'
import {expect} from 'chai'

import {commandsIn} from '../support/commands.js'
import {todays} from '../support/rounds.js'
import {CLI} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'

const DEMO = ['--repo', 'demo']

/** Every function and aggregate that the page about the engine lists, each in a query that finds something. */
const CALLS: Record<string, string> = {
  '=': '(= 1 1)', '==': '(== 1 1)', 'not=': '(not= 1 2)', '!=': '(!= 1 2)', '<': '(< 1 2)', '<=': '(<= 1 2)', '>': '(> 2 1)',
  '>=': '(>= 2 1)', '+': '(+ 1 2)', '-': '(- 2 1)', '*': '(* 2 3)', '/': '(/ 1 2)', quot: '(quot 7 2)', rem: '(rem 7 2)',
  mod: '(mod 7 2)', inc: '(inc 1)', dec: '(dec 1)', max: '(max 1 2)', min: '(min 1 2)', 'zero?': '(zero? 0)', 'pos?': '(pos? 1)',
  'neg?': '(neg? -1)', 'even?': '(even? 2)', 'odd?': '(odd? 1)', compare: '(compare 1 2)', rand: '(rand)', 'rand-int': '(rand-int 5)',
  and: '(and 1 2)', or: '(or nil 2)', not: '(not nil)', 'true?': '(true? true)', 'false?': '(false? false)', 'nil?': '(nil? nil)',
  'some?': '(some? 1)', identity: '(identity 1)', 'identical?': '(identical? :a :a)', ground: '(ground 1)', 'boolean?': '(boolean? true)',
  'coll?': '(coll? [1])', 'inst?': '(inst? #inst "2026-01-01")', 'int?': '(int? 1)', 'integer?': '(integer? 1)',
  'keyword?': '(keyword? :a)', 'list?': '(list? "a")', 'map?': '(map? {:a 1})', 'number?': '(number? 1)', 'sequential?': '(sequential? [1])',
  'set?': '(set? #{1})', 'string?': '(string? "a")', 'symbol?': '(symbol? "a")',
  'uuid?': '(uuid? #uuid "00000000-0000-4000-8000-000000000001")', 'vector?': '(vector? [1])', str: '(str "a" 1)',
  subs: '(subs "abc" 1)', 'pr-str': '(pr-str [1])', 'print-str': '(print-str "a")', keyword: '(keyword "a")', name: '(name :a/b)',
  namespace: '(namespace :a/b)', 'blank?': '(clojure.string/blank? " ")', capitalize: '(clojure.string/capitalize "ab")',
  'ends-with?': '(clojure.string/ends-with? "ab" "b")', 'includes?': '(clojure.string/includes? "ab" "b")',
  'index-of': '(clojure.string/index-of "ab" "b")', join: '(clojure.string/join "," ["a" "b"])',
  'lower-case': '(clojure.string/lower-case "AB")', replace: '(clojure.string/replace "ab" #"a" "c")',
  split: '(clojure.string/split "a,b" #",")', 'starts-with?': '(clojure.string/starts-with? "ab" "a")',
  trim: '(clojure.string/trim " a ")', 'upper-case': '(clojure.string/upper-case "ab")', 're-find': '(re-find #"^[0-9]+" "12a")',
  're-matches': '(re-matches #"a(b)" "ab")', 're-pattern': '(re-pattern "a")', 're-seq': '(re-seq #"[0-9]" "1a2")',
  vector: '(vector 1 2)', list: '(list 1 2)', set: '(set [1 1])', 'hash-map': '(hash-map :a 1)', 'array-map': '(array-map [1] 1)',
  range: '(range 3)', count: '(count [1 2])', 'empty?': '(empty? [])', 'not-empty': '(not-empty [1])', 'contains?': '(contains? #{1} 1)',
  get: '(get {:a 1} :a)', first: '(first [1])', last: '(last [1])', tuple: '(tuple 1 2)', untuple: '(untuple [1])',
  'get-else': '(get-else $ ?page :block/order "none")', 'get-some': '(get-some $ ?page :block/order :block/title)',
  'missing?': '(missing? $ ?page :block/order)',
} // prettier-ignore

const AGGREGATES: Record<string, string> = {
  avg: '(avg ?n)', count: '(count ?n)', 'count-distinct': '(count-distinct ?n)', distinct: '(distinct ?n)', max: '(max ?n)',
  median: '(median ?n)', min: '(min 2 ?n)', rand: '(rand ?n)', sample: '(sample 2 ?n)', stddev: '(stddev ?n)', sum: '(sum ?n)',
  variance: '(variance ?n)',
} // prettier-ignore

/** The names in the tables of functions of the page, in their order; those of `clojure.string` without it. */
function documented(): {aggregates: string[]; functions: string[]} {
  const page = readFileSync(new URL('../../docs/graph-engine.md', import.meta.url), 'utf8')
  const rows = [
    ...page.matchAll(
      /^\| (aggregates|numbers|logic and types|texts|regular expressions|collections|the graph) +\|(.*)\|$/gm,
    ),
  ]
  const names = (row: string) =>
    [...row.matchAll(/`([^`]+)`/g)].map(([, name]) => name!).filter((name) => name !== 'clojure.string')
  const functions = rows.filter(([, kind]) => kind !== 'aggregates').flatMap((row) => names(row[2]!))
  return {aggregates: names(rows.find(([, kind]) => kind === 'aggregates')![2]!), functions}
}

/** So many pairs of numbers, which no graph needs to hold. */
const pairs = (count: number) => {
  const side = Math.ceil(Math.sqrt(count))
  return `[:find ?a ?b :where [(range ${side}) [?a ...]] [(range ${side}) [?b ...]]]`
}

describe('logseq query', () => {
  const sandbox = useSandbox('suite')
  const {fails, json, ok} = commandsIn(sandbox)
  before(async () => {
    await sandbox.start()
  })
  describe('with each function that is documented', () => {
    it('has a case for each', () => {
      const {aggregates, functions} = documented()
      expect([...new Set(functions)].sort()).to.deep.equal(Object.keys(CALLS).sort())
      expect(aggregates.sort()).to.deep.equal(Object.keys(AGGREGATES).sort())
    })

    it('answers, or says why the result cannot be sent', async () => {
      for (const [name, call] of Object.entries(CALLS)) {
        const ran = await json(['query', `[:find ?r :where [?page :block/name "contents"] [${call} ?r]]`, ...DEMO])
        if (name === 're-pattern') {
          expect(ran.status).to.equal('error')
          expect(ran.error).to.include({
            code: 'invalid-query',
            message: 'the result cannot be sent: transit has no regular expressions',
          })
        } else expect([name, ran.status, ran.data?.['result']?.length]).to.deep.equal([name, 'ok', 1])
      }
    }).timeout(120_000)

    it('aggregates', async () => {
      for (const [name, call] of Object.entries(AGGREGATES)) {
        const {result} = await ok(['query', `[:find ${call} . :where [(ground [1 2 3]) [?n ...]]]`, ...DEMO])
        expect(result, name).not.to.equal(null)
      }
    })
  })

  describe('with what transit cannot carry', () => {
    it('finds by regular expressions, in the query and in rules', async () => {
      const query = '[:find [?t ...] :where [?p :block/title ?t] [(re-find #"^Cont" ?t)]]'
      expect((await sandbox.ok(['query', query, ...DEMO]))['result']).to.deep.equal(['Contents'])
      expect((await ok(['invoke', 'q', `[${query}]`, ...DEMO]))['result']).to.deep.equal(['Contents'])
      const byRule = '[:find [?t ...] :in $ % :where (like ?t)]'
      const rule = '[[(like ?t) [_ :block/title ?t] [(re-find #"^Cont" ?t)]]]'
      expect((await ok(['query', byRule, '-i', rule, ...DEMO]))['result']).to.deep.equal(['Contents'])
    })

    it('refuses an input, with the reason', async () => {
      for (const args of [
        ['query', '[:find ?x :in $ ?x]', '-i', '#"a"'],
        ['invoke', 'q', '["[:find ?x :in $ ?x]" #"a"]'],
      ])
        expect(await fails([...args, ...DEMO])).to.include({
          code: 'invalid-query',
          exit: 2,
          message: 'input 1 cannot be sent: transit has no regular expressions',
        })
    })
  })

  describe('with names that the graph does not have', () => {
    const message = 'the graph has no attribute :block/titel; did you mean :block/title?'

    it('warns on stderr, and in JSON', async () => {
      for (const args of [
        ['query', '[:find ?b :where [?b :block/titel]]'],
        ['invoke', 'q', '["[:find ?b :where [?b :block/titel]]"]'],
        ['invoke', 'pull', '[:block/titel]', '1'],
        ['invoke', 'pull', '[:block/titel :block/titel {:block/tags [:block/titel]}]', '1'],
        ['invoke', 'datoms', ':eavt', '1', ':block/titel'],
      ]) {
        const ran = await sandbox.run([...args, ...DEMO])
        expect(ran.code).to.equal(0)
        expect(ran.stderr.match(/^Warning: .*$/gm)).to.deep.equal([`Warning: ${message}`])
        expect((await ok([...args, ...DEMO]))['warnings']).to.deep.equal([message])
      }
    })

    it('is silent about a query without a mistake', async () => {
      const query = '[:find ?b :where [?b :block/title "nobody"]]'
      const ran = await sandbox.run(['query', query, ...DEMO])
      expect(ran.stdout).to.equal('No results.\n')
      expect(ran.stderr).not.to.contain('Warning:')
      expect(await ok(['query', query, ...DEMO])).not.to.have.property('warnings')
    })
  })

  it('takes a query in the form of Logseq, with its inputs and rules', async () => {
    const form = '{:title "Tasks" :query [:find ?d ?n :in $ ?d ?n % :where (task ?b #{"Todo"})] :inputs [:today 7]}'
    expect(await sandbox.run(['query', form, ...DEMO])).to.include({code: 0, stdout: 'No results.\n'})
    const day = new Date()
    const today = day.getFullYear() * 10_000 + (day.getMonth() + 1) * 100 + day.getDate()
    const {result} = await ok(['query', '{:query [:find ?d . :in $ ?d] :inputs [:today]}', ...DEMO])
    expect(result).to.be.oneOf([today, today + 1]) // midnight may pass meanwhile
    expect(await fails(['query', '{:query [:find ?d . :in $ ?d] :inputs [:current-page]}', ...DEMO])).to.include({
      code: 'invalid-query',
      exit: 2,
    })
  })

  describe('with a large result', () => {
    it('prints all of it, as one JSON document or as a table', async () => {
      const {result} = await sandbox.ok(['query', pairs(62_500), ...DEMO])
      expect(result).to.have.length(62_500)
      expect((result as number[][]).at(-1)).to.deep.equal([249, 249])
      const table = (await sandbox.run(['query', pairs(62_500), ...DEMO])).stdout.split('\n')
      expect(table).to.have.length(62_502)
      expect(table.slice(0, 2)).to.deep.equal(['?a  ?b', '0   0'])
      expect(table.at(-2)).to.equal('249  249')
      expect((await sandbox.run(['query', pairs(62_500), '--quiet', ...DEMO])).stdout).to.equal('')
    }).timeout(120_000)

    it('needs no more memory for a larger one', async () => {
      const script = `process.on('exit', () => process.stderr.write(String(process.resourceUsage().maxRSS)))`
      // Newer versions of Node.js let the heap grow by 150 MiB before they collect: within these limits, it holds what is needed.
      const limits = ['--max-semi-space-size=4', '--max-old-space-size=40']
      const options = [...limits, `--import=data:text/javascript,${encodeURIComponent(script)}`]
      const env = {NODE_OPTIONS: options.join(' ')}
      const used = async (count: number, ...flags: string[]) => {
        const {code, stderr} = await sandbox.run(['query', pairs(count), ...DEMO, ...flags], {env})
        expect(code).to.equal(0)
        return Number(/\d+$/.exec(stderr)![0]) / 1024
      }

      for (const flags of todays([[], ['--json']], 1)) {
        const small = await used(1000, ...flags)
        expect(await used(1_000_000, ...flags)).to.be.lessThan(small + 60)
      }
    }).timeout(120_000)

    it('ends when its reader leaves', async () => {
      const child = sandbox.spawn(process.execPath, [CLI, 'query', pairs(200_000), ...DEMO], {
        env: {...process.env, HOME: sandbox.dir, LOGSEQ_CLI_DATA_DIR: sandbox.dataDir},
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const errors = text(child.stderr!)
      await once(child.stdout!, 'data')
      child.stdout!.destroy()
      const [code] = (await once(child, 'exit')) as [null | number]
      expect(code).to.equal(0)
      expect(await errors).to.match(/^(?:Waiting for the response of demo\.\.\.\n)?$/)
    }).timeout(180_000)

    it('takes no longer than one long text among few rows', async () => {
      const query = '[:find ?n ?s :where [(range 501) [?n ...]] [(ground "SHORT") ?t] [(str ?t ?n) ?s]]'.replace(
        'SHORT',
        'x'.repeat(20_000),
      )
      const ran = await sandbox.run(['query', query, ...DEMO])
      expect(ran.stdout.split('\n')).to.have.length(503)
      expect(ran.ms).to.be.lessThan(30_000)
    })
  })

  it('finds in the short notation what its method finds, and prints nothing found as an empty result', async () => {
    const uuid = '00000000-0000-4000-8000-0000000000f1'
    const ops = [
      ['~:create-page', ['Short', {'~:uuid': `~u${uuid}`}]],
      ['~:batch-set-property', [[`~u${uuid}`], '~:logseq.property/status', '~:logseq.property/status.doing', {}]],
    ]
    await ok(['invoke', 'apply-outliner-ops', JSON.stringify(ops), ...DEMO])
    const titles = async (query: string, stdin?: string) => {
      const words = ['query', query, ...DEMO]
      const {columns, result} = stdin === undefined ? await ok(words) : await sandbox.ok(words, {stdin})
      expect(columns).to.deep.equal(['block'])
      return (result as Record<string, string>[][]).map(([block]) => block![':block/title'])
    }

    expect(await titles('(task doing)')).to.deep.equal(['Short'])
    expect(await titles('{:query (task doing)}')).to.deep.equal(['Short'])
    expect(await titles('-', '#+BEGIN_QUERY\n(and (task "Doing"))\n#+END_QUERY\n')).to.deep.equal(['Short'])
    expect(await titles('(task canceled)')).to.deep.equal([])
    const {stdout} = await sandbox.run(['query', '(task doing)', ...DEMO])
    expect(stdout)
      .to.match(/:block\/title/)
      .and.match(/Short/)
    expect(await fails(['query', '(task doing', ...DEMO])).to.include({code: 'invalid-query'})
    expect(await fails(['query', '(task doing)', '--input', '1', ...DEMO])).to.include({code: 'usage'})
  })
})
