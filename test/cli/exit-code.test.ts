import {expect} from 'chai'

import {statusExitCode} from '../../src/cli/exit-code.js'

describe('the exit code of status --exit-code', () => {
  for (const [status, code] of [
    ['ready', 0],
    ['starting', 0],
    ['stopped', 3],
    ['stale', 3],
    ['corrupt', 3],
    ['elsewhere', 5],
    ['unreadable', 5],
    ['unresponsive', 5],
    ['unsupported', 5],
  ] as const) {
    it(`${status}: ${code}`, () => {
      expect(statusExitCode(status)).to.equal(code)
    })
  }
})
