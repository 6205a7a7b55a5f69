import {readFileSync} from 'node:fs'
import {expect} from 'chai'
import {Linter, type Rule} from 'eslint'

const {RETIRED, retiredNames} = (await import(new URL('../../scripts/retired-names.js', import.meta.url).href)) as {
  RETIRED: Record<string, string>
  retiredNames: Rule.RuleModule
}

function messagesOf(code: string): string[] {
  const config = {plugins: {house: {rules: {names: retiredNames}}}, rules: {'house/names': 'error'}} as Linter.Config
  return new Linter().verify(code, [config]).map(({message}) => message)
}

describe('the lint rule of retired names', () => {
  it('finds a retired name wherever it stands, and says what to call it', () => {
    for (const code of [
      'const Pace = 1',
      'class A { #halve() {} }',
      'a.requireMine()',
      'const {lifeOf} = b',
      'const {daemon} = useServer()',
    ])
      expect(messagesOf(code), code).to.have.length.greaterThan(0)
    expect(messagesOf('const Pace = 1')).to.deep.equal(['Pace is called ExecutionContext here: see docs/glossary.md.'])
  })

  it('finds a retired word in comments and texts', () => {
    /* eslint-disable house/retired-names -- they are what is searched for */
    for (const code of [
      '// 3 at the most',
      '/** Its time-out. */',
      '// Writes a text in the place of a number.',
      'const a = "At the most"',
      'const b = `time-out`',
    ])
      expect(messagesOf(code), code).to.have.length(1)
    /* eslint-enable house/retired-names */
  })

  it('finds nothing else', () => {
    expect(
      messagesOf('// at most; it was in the place of a file\nconst constructor = "timeout"; const paces = constructor'),
    ).to.deep.equal([])
  })

  it('names terms that are there', () => {
    const glossary = readFileSync(new URL('../../docs/glossary.md', import.meta.url), 'utf8')
    for (const term of ['ExecutionContext', 'StoredDatabase', 'ServerLock', 'StartLock', 'Liveness', 'Snapshot'])
      expect(glossary, term).to.include(`\`${term}\``)
    for (const [name, term] of Object.entries(RETIRED)) expect(Object.keys(RETIRED), name).to.not.include(term)
  })
})
