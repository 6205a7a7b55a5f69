import {readFileSync} from 'node:fs'
import {expect} from 'chai'

import {ERRORS} from '../../src/lib/errors.js'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

/** Codes of a server that could not open its graph. Commands report them as the reason of another error. */
const REASONS = new Set(['graph-in-use', 'graph-invalid'])

describe('docs/errors.md', () => {
  it('has one heading for every error code, and none for any other', () => {
    const page = read('docs/errors.md')
    const headings = [...page.matchAll(/^#+ `([^`]+)`/gm)].map(([, code]) => code)
    expect(headings.toSorted()).to.deep.equal(Object.keys(ERRORS).toSorted())
  })
})

describe('docs/cli/logseq-cli.md', () => {
  const page = read('docs/cli/logseq-cli.md')

  it('lists each error code beside its exit code, except those that only programs get', () => {
    const [, table] = /^## Exit codes\n([\s\S]*?)^## /m.exec(page)!
    const listed = [...table!.matchAll(/^\| (\d+) \|[^|]*\|(.*)\|$/gm)].flatMap(([, exit, codes]) =>
      [...codes!.matchAll(/`([a-z-]+)`/g)].map(([, code]) => [code!, Number(exit)] as const),
    )
    const exits = new Map(Object.entries(ERRORS).map(([code, {exit}]) => [code, exit as number]))
    for (const [code, exit] of listed) if (code !== 'interrupted') expect(exit, code).to.equal(exits.get(code))

    const names = new Set(listed.map(([code]) => code))
    const missing = [...exits].filter(([code, exit]) => exit > 1 && !REASONS.has(code) && !names.has(code))
    expect(missing.map(([code]) => code)).to.deep.equal([])
  })

  it('lists each flag in a table', () => {
    const {commands} = JSON.parse(read('oclif.manifest.json')) as {commands: Record<string, {flags: object}>}
    const flags = new Set(Object.values(commands).flatMap((command) => Object.keys(command.flags)))
    const rows = page.split('\n').filter((line) => line.startsWith('| `'))
    const isListed = (flag: string) => rows.some((row) => new RegExp(`^[^|]*\\|[^|]*\`--${flag}\\b`).test(row))
    expect([...flags].filter((flag) => !isListed(flag))).to.deep.equal([])
  })
})
