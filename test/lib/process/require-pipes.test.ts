import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

import {LIMITS_DESCRIPTORS, runWithFewDescriptors, USE_ALL} from '../../support/few-descriptors.js'

const file = (path: string) => JSON.stringify(fileURLToPath(new URL(`../../../src/${path}`, import.meta.url)))

/** What starts a child with pipes, and reports a failure. */
const STARTERS = {
  'a process of doctor': `
    import {openSync} from 'node:fs'
    import {startChild} from ${file('lib/doctor/run-child.ts')}
    ${USE_ALL}
    try { startChild('files', '/nowhere', 1000) } catch ({code}) { console.log(code) }`,
  'a process that checks a large file': `
    import {openSync} from 'node:fs'
    import {runSync} from ${file('engine/task.ts')}
    import {checkElsewhere} from ${file('server/file-check.ts')}
    ${USE_ALL}
    try { runSync(checkElsewhere('/nowhere')) } catch ({code}) { console.log(code) }`,
  'a pager, without which the text is printed': `
    import {openSync} from 'node:fs'
    import {PagedText} from ${file('cli/pager.ts')}
    process.stdout.write('') // opened while it can be
    const paged = new PagedText('cat >/dev/null')
    ${USE_ALL}
    paged.write('\\n'.repeat(100))
    paged.end('too-many-open-files\\n')`,
}

describe('where no descriptor is left', function () {
  this.timeout(60_000)

  before(function () {
    if (!LIMITS_DESCRIPTORS) {
      console.log('      skipped: descriptors cannot be limited here')
      this.skip()
    }
  })

  for (const [what, program] of Object.entries(STARTERS))
    it(`${what}: a failure that is reported`, () => {
      const ran = runWithFewDescriptors(program)
      expect(ran.stdout.trim(), ran.stderr).to.equal('too-many-open-files')
      expect(ran.stderr).to.equal('')
      expect(ran.status).to.equal(0)
    })
})
