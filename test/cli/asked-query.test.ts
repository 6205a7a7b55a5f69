import {expect} from 'chai'

import {readAskedQuery} from '../../src/cli/asked-query.js'
import {resolveInput} from '../../src/cli/date-inputs.js'
import {ServerError} from '../../src/lib/errors.js'
import {readEdn} from '../../src/values/edn-read.js'
import {writeEdn} from '../../src/values/edn-write.js'

const NOW = new Date(2024, 2, 31, 16, 45, 30, 250)
const ms = (...parts: [number, number, number, number?, number?, number?, number?]) => new Date(...parts).getTime()

const DATES: Record<string, number> = {
  ':today': 20_240_331,
  ':yesterday': 20_240_330,
  ':tomorrow': 20_240_401,
  ':-7d': 20_240_324,
  ':+7d': 20_240_407,
  ':-2w': 20_240_317,
  ':+1w': 20_240_407,
  ':-1m': 20_240_229,
  ':+1m': 20_240_430,
  ':-1y': 20_230_331,
  ':+0d': 20_240_331,
  ':7d': 20_240_324,
  ':7d-before': 20_240_324,
  ':7d-after': 20_240_407,
  ':right-now-ms': NOW.getTime(),
  ':start-of-today-ms': ms(2024, 2, 31),
  ':end-of-today-ms': ms(2024, 2, 31, 23, 59, 59, 999),
  ':today-start': ms(2024, 2, 31),
  ':today-end': ms(2024, 2, 31, 23, 59, 59, 999),
  ':today-1630': ms(2024, 2, 31, 16, 30),
  ':yesterday-08': ms(2024, 2, 30, 8),
  ':+1d-163005': ms(2024, 3, 1, 16, 30, 5),
  ':-1d-163005123': ms(2024, 2, 30, 16, 30, 5, 123),
  ':-7d-start': ms(2024, 2, 24),
  ':-7d-ms': ms(2024, 2, 24),
  ':+7d-ms': ms(2024, 3, 7, 23, 59, 59, 999),
  ':7d-before-ms': ms(2024, 2, 24),
  ':7d-after-ms': ms(2024, 3, 7, 23, 59, 59, 999),
}

describe('an input that is a date', () => {
  for (const [input, value] of Object.entries(DATES))
    it(`${input} is ${value}`, () => {
      expect(resolveInput(readEdn(input), NOW)).to.equal(value)
    })

  for (const input of [
    ':todays',
    ':block/today',
    ':-7x',
    ':7',
    ':-d',
    ':logseq.class/Task',
    '"today"',
    '7',
    ':today-1',
    ':x-start',
  ])
    it(`${input} is not one`, () => {
      expect(writeEdn(resolveInput(readEdn(input), NOW))).to.equal(input)
    })

  for (const input of [':current-page', ':query-page', ':current-block', ':parent-block'])
    it(`${input} is refused: it needs a page`, () => {
      expect(() => resolveInput(readEdn(input), NOW))
        .to.throw(ServerError, `Input ${input} needs the page around the query`)
        .with.property('code', 'invalid-query')
    })
})

describe('a query as a person writes it', () => {
  const read = (text: string, ...inputs: string[]) => {
    const {inputs: values, query, warnings} = readAskedQuery(text, inputs, NOW)
    return [query, writeEdn(values), ...warnings]
  }

  it('is sent as it was written', () => {
    const query = String.raw`[:find ?t . :where [_ :block/title ?t] [(re-find #"^\d" ?t)]] ; numbers`
    expect(read(query)).to.deep.equal([query, '[]'])
    expect(read('[:find ?x :in $ ?x ?d]', '"x"', ':today')).to.deep.equal(['[:find ?x :in $ ?x ?d]', '["x" 20240331]'])
  })

  it('may have the form of Logseq, with inputs, and with others beside them', () => {
    expect(
      read(
        '{:title "T" :query [:find ?x :in $ ?x ?d ?p ?n :where [?x]] :inputs [:a :-1d "[[Home Page]]"] :collapsed? true}',
        '7',
      ),
    ).to.deep.equal(['[:find ?x :in $ ?x ?d ?p ?n :where [?x]]', '[:a 20240330 "home page" 7]'])
    expect(read('{:query {:find [?x] :where [[?x :a]]}}')).to.deep.equal(['{:find [?x], :where [[?x :a]]}', '[]'])
  })

  it('may have rules, which stand where % does, or behind the inputs', () => {
    const rules = ':rules [[(r ?x) [?x :a]]]'
    const given = '[[(r ?x) [?x :a]]]'
    expect(read(`{:query [:find ?x :in $ % ?y :where (r ?x)] :inputs [1] ${rules}}`)).to.deep.equal([
      '[:find ?x :in $ % ?y :where (r ?x)]',
      `[${given} 1]`,
    ])
    expect(read(`{:query [:find ?x :in $ ?y :where (r ?x)] :inputs [1] ${rules}}`)).to.deep.equal([
      '[:find ?x :in $ ?y % :where (r ?x)]',
      `[1 ${given}]`,
    ])
    expect(read(`{:query [:find ?x :where (r ?x)] ${rules}}`)).to.deep.equal([
      '[:find ?x :where (r ?x) :in $ %]',
      `[${given}]`,
    ])
    expect(read(`{:query {:find [?x] :where [(r ?x)]} ${rules}}`)).to.deep.equal([
      '{:find [?x], :where [(r ?x)], :in [$ %]}',
      `[${given}]`,
    ])
  })

  const CURLY: [text: string, found: string, inputs?: string[]][] = [
    ['[:find ?e :where [?e :block/title “Home”]]', '“Home”'],
    ['[:find ?e :where [?e :block/title “My page”]] ; "quoted"', '“My'],
    ['[:find ?e :in $ ?t :where [?e :block/title ?t]]', '„Home“', ['„Home“']],
    ['(property :block/title “x”)', '“x”'],
  ]
  for (const [text, found, inputs = []] of CURLY) {
    it(`has straight quotation marks: not ${text} ${inputs.join(' ')}`, () => {
      expect(() => read(text, ...inputs))
        .to.throw(ServerError, `other quotation marks than EDN: ${found}`)
        .with.property('hint')
        .that.contains('"')
    })
  }

  it('may have other quotation marks in texts, titles and comments', () => {
    for (const text of [
      String.raw`[:find ?e :where [?e :block/title "She said “no”, \"“really”"]] ; “yes”`,
      '(and [[The “big” page]] (task todo))',
      '[[“Home”]]',
    ])
      expect(read(text)[0]).to.equal(text)
  })

  it('warns of what changes the display in Logseq', () => {
    const warnings = read('{:query [:find ?x :where [?x]] :result-transform (fn [r] r) :view :table}').slice(2)
    expect(warnings).to.deep.equal([
      ':result-transform is ignored, because it only affects the display in Logseq',
      ':view is ignored, because it only affects the display in Logseq',
    ])
  })

  it('may stand as in a page, between #+BEGIN_QUERY and #+END_QUERY', () => {
    const form = '{:title "T" :query [:find ?x :in $ ?d :where [?x :a ?d]] :inputs [:today]}'
    for (const text of [
      `#+BEGIN_QUERY\n${form}\n#+END_QUERY`,
      `  #+begin_query ${form} #+end_query\n\n`,
      `\n#+BEGIN_QUERY\r\n${form}\r\n#+END_QUERY\r\n`,
      `#+BEGIN_QUERY\n${form}`,
    ])
      expect(read(text), text).to.deep.equal(['[:find ?x :in $ ?d :where [?x :a ?d]]', '[20240331]'])
    expect(String(read('#+BEGIN_QUERY\n[:find ?x :where [?x]]\n#+END_QUERY')[0]).trim()).to.equal(
      '[:find ?x :where [?x]]',
    )
  })

  it('warns of an input that is hardly meant as it stands', () => {
    const query = '[:find ?x :in $ ?d :where [?x :a ?d]]'
    for (const [input, meant] of [
      [':todya', ':today'],
      [':yesteday', ':yesterday'],
      [':right-now', ':right-now-ms'],
      [':currentpage', ':current-page'],
      [':block/today', undefined],
      [':user.property/x', undefined],
      [':todo', undefined],
      [':-7d', undefined],
    ] as const) {
      const warning = `the input ${input} is taken as that keyword; did you mean ${meant}?`
      expect(read(query, input).slice(2), input).to.deep.equal(meant === undefined ? [] : [warning])
      expect(read(`{:query ${query} :inputs [${input}]}`).slice(2), input).to.deep.equal(meant ? [warning] : [])
    }
  })

  it('warns of an input that looks like a date, and is not one', () => {
    for (const input of [':-7x', ':+1h', ':5n', ':-9999999d', ':7'])
      expect(read('[:find ?x :in $ ?d :where [?x :a ?d]]', input).slice(2), input).to.deep.equal([
        `the input ${input} is taken as that keyword; a date is :-7d, :+2w, :-1m or :+1y, with at most 6 digits`,
      ])
  })

  it('is refused with the place of the graph when it is but a word', () => {
    for (const word of ['demo', '"my graph"', '7', ':find'])
      expect(() => read(word), word)
        .to.throw(ServerError, 'Expected a query, a vector or a map with :find')
        .with.property('hint')
        .that.includes('--repo NAME')
  })

  it('is refused in the form of Logseq when it is not Datalog', () => {
    for (const query of ['{:query 1}', '{:query [:where [?x]]}', '{:query []}'])
      expect(() => read(query), query)
        .to.throw(ServerError, ':query has no :find')
        .with.property('code', 'invalid-query')
  })

  it('may be in the short notation of Logseq, as text or in a map', () => {
    const short = (text: string) => readAskedQuery(text, [], NOW)
    for (const text of ['(task todo)', ' (and [[My Page]] #tag (task todo))\n', '[[My Page]]'])
      expect(short(text)).to.deep.include({query: text.trim(), short: true})
    expect(short('#+BEGIN_QUERY\n(task todo)\n#+END_QUERY')).to.deep.include({query: '(task todo)', short: true})
    expect(short('{:title "T" :query "(task todo)"}')).to.deep.include({query: '(task todo)', short: true})
    const {query, warnings} = short('{:query (and (task todo)) :view :table}')
    expect(writeEdn(query)).to.equal('{:query (and (task todo))}')
    expect(warnings).to.have.length(1)
    for (const text of ['[[1 2] 3]', '[:find ?x :where [?x]]']) expect(short(text).short, text).to.equal(false)
    expect(() => readAskedQuery('(task todo)', ['1'], NOW)).to.throw(ServerError, 'takes no inputs')
  })
})
