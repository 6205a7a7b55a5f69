import {dirname, join} from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'

import {ServerError} from '../../../src/lib/errors.js'
import {
  decodeGraphDir,
  encodeGraphDir,
  olderGraphDir,
  parseGraphName,
  reservedReason,
} from '../../../src/lib/graphs/name.js'
import {anyCharacter} from '../../support/characters.js'

/** What Logseq itself makes of a name: today's directory, and the older one where it differs. Measured. */
const MEASURED: [name: string, today: string, older?: string][] = [
  ['demo', 'demo'],
  ['My Notes', 'My Notes', 'My~20Notes'],
  [' two  spaces', ' two  spaces', '~20two~20~20spaces'],
  ['a/b', 'a~2Fb'],
  [String.raw`a\b`, 'a~5Cb'],
  ['a:b', 'a~3Ab'],
  ['100%', '100~25'],
  ['a%20b', 'a~2520b'],
  ['a~20b', 'a~7E20b'],
  ['~home', '~7Ehome'],
  ['a+b', 'a~2Bb'],
  ['#t&x=y', '~23t~26x~3Dy'],
  ['a\nb', 'a~0Ab'],
  ['日本語', '~E6~97~A5~E6~9C~AC~E8~AA~9E'],
  ['\u00E9', '~C3~A9'],
  ['e\u0301', 'e~CC~81'],
  ['😀', '~F0~9F~98~80'],
  ['a*b?c"d<e>f|g', 'a*b~3Fc~22d~3Ce~3Ef~7Cg'],
  ["-_.!~*'()", "-_.!~7E*'()"],
]

/** Any text that a graph can be called. */
const names = fc
  .oneof(
    fc.string({maxLength: 40, minLength: 1, unit: anyCharacter}),
    fc.string({maxLength: 20, minLength: 1, unit: fc.constantFrom('~', '%', '2', '0', ' ', '.', '+', 'é', '/')}),
  )
  .filter((name) => !/[\0\uFFFD]/.test(name) && name !== '.' && name !== '..' && !reservedReason(name))
  .filter((name) => name === name.trimEnd() && Buffer.byteLength(encodeGraphDir(name)) <= 255)

describe('the name of a graph and of its directory', () => {
  for (const [name, today, older = today] of MEASURED) {
    it('is a text, also for a program in JavaScript', () => {
      for (const given of [undefined, null, 5, {}, ['a']])
        expect(() => parseGraphName(given as never))
          .to.throw(ServerError, 'The option repo is not a text')
          .with.property('code', 'usage')
    })

    it(`${JSON.stringify(name)} is kept in ${JSON.stringify(today)}`, () => {
      expect(encodeGraphDir(name)).to.equal(today)
      expect(olderGraphDir(name)).to.equal(older)
      expect(decodeGraphDir(today)).to.equal(name)
      expect(decodeGraphDir(older)).to.equal(name)
    })
  }

  it('every name comes back from both spellings of its directory', () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(decodeGraphDir(encodeGraphDir(name))).to.equal(name)
        expect(decodeGraphDir(olderGraphDir(name))).to.equal(name)
      }),
    )
  })

  it('no name leads out of the data directory', () => {
    fc.assert(
      fc.property(fc.string({unit: anyCharacter}), fc.constantFrom('', 'logseq_db_'), (text, prefix) => {
        try {
          const {name} = parseGraphName(prefix + text)
          expect(dirname(join('/data', encodeGraphDir(name)))).to.equal('/data')
        } catch (error) {
          expect((error as ServerError).code).to.equal('invalid-graph-name')
        }
      }),
    )
  })

  it('whatever stands in a data directory, a name found there can be looked up again', () => {
    const entries = fc.oneof(
      fc.string({unit: anyCharacter}),
      fc.string({unit: fc.constantFrom('~', '0', '2', 'E', 'F', 'B', 'D', '.', ' ', 'a')}),
    )
    fc.assert(
      fc.property(entries, (entry) => {
        const name = decodeGraphDir(entry)
        if (name === undefined) return
        expect([encodeGraphDir(name), olderGraphDir(name)]).to.include(entry)
        expect(() => parseGraphName(`logseq_db_${name}`)).not.to.throw()
      }),
    )
  })

  const FOREIGN: [entry: string, why: string][] = [
    ['', 'is empty'],
    ['my%20notes', 'is encoded as neither era does'],
    ['~e9', 'is written in small letters'],
    ['100~', 'does not decode'],
    ['~E6~97', 'is half a character'],
    ['a+b', 'is not encoded'],
    ['~2E', 'would be the directory itself'],
    ['~2E~2E', 'would be the directory above'],
    ['~00', 'contains a NUL character'],
    ['~EF~BF~BD', 'contains an unreadable character'],
    ['\uFFFD', 'is not text'],
    ['demo ', 'is a name that nobody can ask for'],
    [' ', 'is nothing but a space'],
    ['logseq_db_x', 'is never listed by Logseq'],
    ['logseq_local_x', 'is never listed by Logseq'],
    ['backup', 'is Logseq’s own'],
    ['Unlinked graphs', 'is Logseq’s own'],
    ['Unlinked~20graphs', 'is Logseq’s own'],
  ]
  for (const [entry, why] of FOREIGN) {
    it(`${JSON.stringify(entry)} is not a graph: it ${why}`, () => {
      expect(decodeGraphDir(entry)).to.equal(undefined)
    })
  }
})

describe('the name of a graph as it is asked for', () => {
  const ACCEPTED: [given: string, name: string][] = [
    ['demo', 'demo'],
    ['logseq_db_demo', 'demo'],
    ['  demo\n', 'demo'],
    ['logseq_db_My Notes', 'My Notes'],
    ['logseq_db_logseq_db_x', 'logseq_db_x'],
    ['...', '...'],
    ['.hidden', '.hidden'],
    ['a'.repeat(255), 'a'.repeat(255)],
    ['é'.repeat(42), 'é'.repeat(42)],
  ]
  for (const [given, name] of ACCEPTED) {
    it(`${JSON.stringify(given).slice(0, 40)} names ${JSON.stringify(name).slice(0, 40)}`, () => {
      expect(parseGraphName(given)).to.deep.equal({name, repo: `logseq_db_${name}`})
    })
  }

  const REFUSED: [given: string, why: RegExp][] = [
    ['', /empty/],
    [' \t', /empty/],
    ['logseq_db_', /empty/],
    ['.', /not in the data directory/],
    ['..', /not in the data directory/],
    ['logseq_db_..', /not in the data directory/],
    [' .. ', /not in the data directory/],
    ['a\uFFFDb', /unreadable character/],
    ['a\uD800b', /unreadable character/],
    ['a\0b', /NUL/],
    ['a'.repeat(256), /255 bytes/],
    ['é'.repeat(43), /255 bytes/],
  ]
  for (const [given, why] of REFUSED) {
    it(`${JSON.stringify(given).slice(0, 40)} is refused`, () => {
      expect(() => parseGraphName(given))
        .to.throw(ServerError, why)
        .with.property('code', 'invalid-graph-name')
    })
  }

  for (const [name, reserved] of [
    ['backup', true],
    ['Unlinked graphs', true],
    ['logseq_local_x', true],
    ['logseq_db_x', true],
    ['backups', false],
    ['Backup', false],
    ['demo', false],
  ] as const) {
    it(`${name} is ${reserved ? 'reserved' : 'free'}`, () => {
      expect(reservedReason(name) !== undefined).to.equal(reserved)
    })
  }
})
