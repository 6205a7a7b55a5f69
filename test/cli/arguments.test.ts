import {expect} from 'chai'

import {readArguments, readQuery, readValue} from '../../src/cli/arguments.js'
import {ServerError} from '../../src/lib/errors.js'
import {writeEdn} from '../../src/values/edn-write.js'

describe('a value on the command line', () => {
  const READS: [given: string, edn: string][] = [
    ['1', '1'],
    ['-1.5', '-1.5'],
    ['"text"', '"text"'],
    ['null', 'nil'],
    ['nil', 'nil'],
    ['true', 'true'],
    [':block/title', ':block/title'],
    ['":block/title"', ':block/title'],
    ['page', 'page'],
    ['[*]', '[*]'],
    ['["*"]', '["*"]'],
    ['[:block/name "demo"]', '[:block/name "demo"]'],
    ['[1, 2]', '[1 2]'],
    ['(or a b)', '(or a b)'],
    ['#{1}', '#{1}'],
    ['{"db/id": 1}', '{:db/id 1}'],
    ['{:db/id 1}', '{:db/id 1}'],
    ['#uuid "00000000-0000-4000-8000-000000000001"', '#uuid "00000000-0000-4000-8000-000000000001"'],
    ['"~u00000000-0000-4000-8000-000000000001"', '#uuid "00000000-0000-4000-8000-000000000001"'],
    [' 1 ', '1'],
  ]

  for (const [given, edn] of READS) {
    it(`${given} is ${edn}`, () => {
      expect(writeEdn(readValue(given, 'it'))).to.equal(edn)
    })
  }

  for (const given of ['', ' ', '[', '"', '{"a"', '1 2', '"~x"', '{:a}', '{"a b": 1}']) {
    it(`${JSON.stringify(given)} is refused`, () => {
      expect(() => readValue(given, 'Argument 1'))
        .to.throw(ServerError, /^Argument 1 is n/)
        .with.property('code', 'usage')
    })
  }
})

describe('the arguments of a method', () => {
  const stdin = (text: string) => async () => text
  const never = async () => expect.fail('stdin is not to be read')

  it('are values each, or an array on stdin', async () => {
    expect(await readArguments([], never)).to.deep.equal([])
    expect(await readArguments(['1', '"a"'], never)).to.deep.equal([1, 'a'])
    expect(await readArguments(['-'], stdin('[1, "a"]\n'))).to.deep.equal([1, 'a'])
    expect(writeEdn([...(await readArguments(['-'], stdin('[[*] :a/b]')))])).to.equal('[[*] :a/b]')
  })

  it('are refused from stdin when they are not an array', async () => {
    for (const text of ['', '1', '{"a": 1}', '(1 2)', 'nonsense ]']) {
      const error = await readArguments(['-'], stdin(text)).then(
        () => undefined,
        (error_: unknown) => error_,
      )
      expect(error, text).to.be.instanceOf(ServerError).and.have.property('code', 'usage')
    }
  })

  it('are EDN for a query, and an error says where it is not', () => {
    expect(writeEdn(readQuery("'[:find ?e :where [?e :a]]"))).to.equal('[:find ?e :where [?e :a]]')
    expect(() => readQuery('[:find ?e'))
      .to.throw(ServerError, /line 1, column/)
      .with.property('code', 'invalid-query')
  })
})
