import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

const {UNIT_FOLDERS} = (await import(new URL('../../scripts/unit-folders.js', import.meta.url).href)) as {
  UNIT_FOLDERS: string[]
}

/** What starts a command or a server of this package: test/support/sandbox.ts, workers.ts. */
const STARTS = /\bsandbox!?\.(?:fails|json|ok|run|start)\(|\b(?:serve|workerArgs)\(|\b(?:CLI|WORKER)\b/

describe('the unit tests', () => {
  it('start no program of this package: they run where processes cannot be read from /proc', () => {
    const files = UNIT_FOLDERS.flatMap((folder) =>
      readdirSync(folder, {encoding: 'utf8', recursive: true})
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(folder, name)),
    )
    expect(files.length).to.be.greaterThan(100)
    expect(
      files.filter((file) => STARTS.test(readFileSync(file, 'utf8').replaceAll(/'[^'\n]*'/g, "''"))),
    ).to.deep.equal([])
  })

  it('would be found if one did', () => {
    for (const line of [
      "await sandbox.start('demo')",
      "await sandbox!.ok(['x'])",
      'await serve(sandbox, {})',
      'spawn(CLI)',
    ])
      expect(line).to.match(STARTS)
    for (const line of ['await events.start()', 'server.run()', 'servePage()']) expect(line).to.not.match(STARTS)
  })
})
