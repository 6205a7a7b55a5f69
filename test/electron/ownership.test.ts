import {expect} from 'chai'

import {describeOwnership} from '../../src/electron/ownership.js'

describe('the text about the owner of a graph’s server', () => {
  for (const [runtime, text] of [
    [
      {lifetime: 'leased', owned: true, ownerSource: 'electron'},
      /^Started by this app\. It stops when the last window/,
    ],
    [{lifetime: 'persistent', owned: true, ownerSource: 'electron'}, /if the app crashes, it keeps running/],
    [{lifetime: 'persistent', owned: false, ownerSource: 'cli'}, /^Started by the command line.*never stops it/],
    [{lifetime: 'persistent', owned: false, ownerSource: 'unknown'}, /^Started by another program.*never stops it/],
    [{lifetime: 'leased', owned: false, ownerId: 'home', ownerSource: 'electron'}, /another app or profile \(home\)/],
    [{lifetime: 'leased', owned: false, ownerSource: 'electron'}, /^Started by another app, and shared/],
  ] as const) {
    it(`${JSON.stringify(runtime)}`, () => {
      expect(describeOwnership(runtime)).to.match(text)
    })
  }
})
