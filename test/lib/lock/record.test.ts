import {expect} from 'chai'
import fc from 'fast-check'

import {formatRecord, isNewer, type LockRecord, parseRecord} from '../../../src/lib/lock/record.js'
import {anyCharacter} from '../../support/characters.js'

function read(json: string): LockRecord {
  const parsed = parseRecord(json)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.record
}

const BASE_ERA =
  '{"repo":"logseq_db_demo","pid":9563,"lock-id":"2f40c3ce-6ef2-4bd4-9a43-4c4b0b4a55c1","host":"127.0.0.1","port":43399,' +
  '"owner-source":"cli","startedAt":"2026-11-23T12:15:26.645Z"}'
const HEAD_ERA =
  '{"repo":"logseq_db_x","pid":9659,"lock-id":"745f1d6e-6ef2-4bd4-9a43-4c4b0b4a55c1","owner-source":"electron"}'
const OURS =
  '{"repo":"logseq_db_demo","pid":42,"lock-id":"4be7b2a8-6ef2-4bd4-9a43-4c4b0b4a55c1","host":"127.0.0.1","port":43399,' +
  '"owner-source":"electron","startedAt":"2026-11-23T12:15:26.645Z","owner-id":"app-1","version":2,"revision":"0.1.0",' +
  '"data-dir":"/home/a b/日本","process-start":"123","boot-id":"b","pid-namespace":"pid:[1]","machine-id":"m",' +
  '"owner-pid":7,"owner-start":"8","auth-token":"secret","lifetime":"leased"}'

describe('the text of a record', () => {
  for (const [whose, json] of Object.entries({
    'Logseq’s first server': BASE_ERA,
    'Logseq’s server of today': HEAD_ERA,
    ours: OURS,
  })) {
    it(`of ${whose} comes back byte for byte`, () => {
      expect(formatRecord(read(json))).to.equal(json)
    })
  }

  it('keeps unknown fields, after the known ones', () => {
    const json = '{"repo":"r","pid":1,"owner-source":"cli","x-nested":{"b":[1,null],"a":"ü"},"X":false}'
    expect(formatRecord(read(json))).to.equal(json)
  })

  it('keeps every unknown field through any number of rewrites', () => {
    const known = [
      'repo',
      'pid',
      'lock-id',
      'host',
      'port',
      'owner-source',
      'startedAt',
      'owner-id',
      'version',
      'revision',
      'data-dir',
    ]
    const rest = [
      'process-start',
      'boot-id',
      'pid-namespace',
      'machine-id',
      'owner-pid',
      'owner-start',
      'auth-token',
      'lifetime',
      '__proto__',
    ]
    const unknown = fc.dictionary(
      fc.string().filter((key) => ![...known, ...rest].includes(key)),
      fc.jsonValue(),
    )
    fc.assert(
      fc.property(unknown, (fields) => {
        const json = JSON.stringify({repo: 'r', pid: 1, ...fields})
        const once = read(json)
        expect(JSON.parse(formatRecord(once))).to.deep.equal({
          ...(JSON.parse(json) as object),
          'owner-source': 'unknown',
        })
        expect(formatRecord(read(formatRecord(once)))).to.equal(formatRecord(once))
      }),
      {examples: [[{prototype: ''}], [{constructor: 1}]]}, // names that schema libraries pass over
    )
  })

  const OWNERS: [text: string, expected: string][] = [
    ['', 'unknown'],
    [',"owner-source":"cli"', 'cli'],
    [',"owner-source":"electron"', 'electron'],
    [',"owner-source":"unknown"', 'unknown'],
    [',"owner-source":"CLI"', 'unknown'],
    [',"owner-source":"somebody"', 'unknown'],
    [',"owner-source":""', 'unknown'],
    [',"owner-source":null', 'unknown'],
    [',"owner-source":7', 'unknown'],
    [',"owner-source":{"a":1}', 'unknown'],
  ]
  for (const [text, expected] of OWNERS) {
    it(`an owner written as ${text || 'nothing'} is ${expected}`, () => {
      expect(read(`{"repo":"r","pid":1${text}}`)['owner-source']).to.equal(expected)
    })
  }

  const MALFORMED: [field: keyof LockRecord & string, values: unknown[]][] = [
    ['lock-id', [null, 5, '']],
    ['host', [null, false, '']],
    ['port', [null, '80', -1, 1.5, 65_536, 1e99]],
    ['startedAt', [null, 0]],
    ['owner-id', [null, 3, '']],
    ['version', [null, '2', 0, -1, 1.5]],
    ['revision', [null, 1]],
    ['data-dir', [null, []]],
    ['process-start', [null, 5]],
    ['boot-id', [null, {}]],
    ['pid-namespace', [null, 1]],
    ['machine-id', [null, 1]],
    ['owner-pid', [null, '7', 0, -3]],
    ['owner-start', [null, 8]],
    ['auth-token', [null, 1, '']],
    ['lifetime', [null, 'forever', 1]],
  ]
  for (const [field, values] of MALFORMED) {
    it(`a malformed ${field} counts as missing, and hides nothing else`, () => {
      for (const value of values) {
        const record = read(JSON.stringify({repo: 'r', pid: 1, [field]: value, 'x-other': 1}))
        expect(record[field], JSON.stringify(value)).to.equal(undefined)
        expect(record).to.deep.include({'x-other': 1, pid: 1, repo: 'r'})
      }
    })
  }

  it('a server that does not listen yet has port 0', () => {
    expect(read('{"repo":"r","pid":1,"port":0}').port).to.equal(0)
  })

  const GARBAGE: [text: string, problem: RegExp][] = [
    ['', /^the file is empty$/],
    [' \n', /^the file is empty$/],
    ['{"repo":"r","pid":', /^the file is not JSON$/],
    ['\0\0\0\0', /^the file is not JSON$/],
    ['9563', /^the file is not a JSON object$/],
    ['"text"', /^the file is not a JSON object$/],
    ['null', /^the file is not a JSON object$/],
    ['[]', /repo|object/],
    ['{}', /^field repo /],
    ['{"pid":1}', /^field repo /],
    ['{"repo":"","pid":1}', /^field repo /],
    ['{"repo":["r"],"pid":1}', /^field repo /],
    ['{"repo":"r"}', /^field pid /],
    ['{"repo":"r","pid":"9563"}', /^field pid /],
    ['{"repo":"r","pid":0}', /^field pid /],
    ['{"repo":"r","pid":-1}', /^field pid /],
    ['{"repo":"r","pid":1.5}', /^field pid /],
  ]
  for (const [text, problem] of GARBAGE) {
    it(`${JSON.stringify(text)} is not a record`, () => {
      expect(parseRecord(text)).to.have.property('problem').that.matches(problem)
    })
  }

  it('never throws, whatever it is given', () => {
    const texts = fc.oneof(
      fc.string({unit: anyCharacter}),
      fc.json(),
      fc
        .record({pid: fc.jsonValue(), port: fc.jsonValue(), repo: fc.jsonValue(), 'owner-source': fc.jsonValue()})
        .map((value) => JSON.stringify(value)),
      fc.nat(BASE_ERA.length).map((length) => BASE_ERA.slice(0, length)),
    )
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = parseRecord(text)
        expect('record' in parsed || typeof parsed.problem === 'string').to.equal(true)
      }),
    )
  })

  it('shows nothing of a text that is not a record: there may be a token in it', () => {
    expect(JSON.stringify(parseRecord('{"repo":"r","pid":1,"auth-token":"secret'))).not.to.include('secret')
    expect(JSON.stringify(parseRecord('{"auth-token":"secret","repo":"r"}'))).not.to.include('secret')
  })

  for (const [version, newer] of [
    [undefined, false],
    [1, false],
    [2, false],
    [3, true],
    [4_000_000, true],
  ] as const) {
    it(`version ${version ?? 'none'} is ${newer ? 'newer than ours' : 'understood'}`, () => {
      expect(isNewer(read(JSON.stringify({repo: 'r', pid: 1, version})))).to.equal(newer)
    })
  }
})
