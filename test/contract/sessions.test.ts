import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {PACKAGE} from '../support/projects.js'

describe('the recorded sessions of the documentation', function () {
  this.timeout(180_000)

  it('are what the commands print; `node scripts/sessions.js` records them again', async () => {
    const page = join(PACKAGE, 'docs/cli/sessions.md')
    const {record} = (await import(join(PACKAGE, 'scripts/sessions.js'))) as {record(): string}
    expect(record()).to.equal(readFileSync(page, 'utf8'))
  })
})
