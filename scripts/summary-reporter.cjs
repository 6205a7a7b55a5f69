const {reporters} = require('mocha')

/** Mocha's spec reporter, with one last line that a program can read: `12 passed, 0 failed, 1 skipped`. */
module.exports = class SummaryReporter extends reporters.Spec {
  epilogue() {
    super.epilogue()
    const {failures, passes, pending} = this.stats
    console.log(`${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ''}`)
  }
}
