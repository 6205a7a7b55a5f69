const {writeFileSync} = require('node:fs')
const {reporters} = require('mocha')

const {SEED} = require('../test/support/seed.ts')

/**
 * Mocha's spec reporter, with totals that a program can read: in the file that TEST_TOTALS names, with the failures, or
 * else as a last line such as `12 passed, 0 failed, 1 skipped`.
 */
module.exports = class SummaryReporter extends reporters.Spec {
  /** Time of tests and hooks in ms, by file. */
  times = {}

  constructor(runner, options) {
    super(runner, options)
    for (const event of ['test end', 'hook end'])
      runner.on(event, ({duration = 0, file = 'hooks'}) => {
        this.times[file] = (this.times[file] ?? 0) + duration
      })
  }

  epilogue() {
    super.epilogue()
    const {failures, passes, pending} = this.stats
    const failed = this.failures.map((test) => `${test.fullTitle()}: ${test.err?.message ?? 'no error'}`)
    const path = process.env.TEST_TOTALS
    if (failures > 0) console.log(`Tests with random input used seed ${SEED}. Repeat with TEST_SEED=${SEED}.`)
    if (path) writeFileSync(path, JSON.stringify({failed, failures, passes, pending, times: this.times}))
    else console.log(`${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ''}`)
  }
}
