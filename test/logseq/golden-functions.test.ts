import {expect} from 'chai'

import {blockName, identNamePart} from '../../src/logseq/names.js'
import {isOrderKey, orderBetween, ordersBetween} from '../../src/logseq/order-keys.js'
import {
  isAnyProperty,
  isClassIdent,
  isInternalPropertyIdent,
  isLogseqPropertyIdent,
  isPluginPropertyIdent,
  isSettingIdent,
  isUserPropertyIdent,
} from '../../src/logseq/validity/idents.js'
import {isMacro, isUrl} from '../../src/logseq/validity/value-tests.js'
import {readEdn} from '../../src/values/edn-read.js'
import type {Keyword} from '../../src/values/scalars.js'
import {goldenCases} from '../support/golden.js'

type Arg = null | number | string

const ident = (text: Arg) => readEdn(text as string) as Keyword

const FUNCTIONS: Record<string, (...args: Arg[]) => unknown> = {
  'block-name': (title) => blockName(title as string),
  'class-ident': (text) => isClassIdent(ident(text)),
  'ident-name-part': (title) => identNamePart(title as string),
  'internal-ident': (text) => isInternalPropertyIdent(ident(text)) || isSettingIdent(ident(text)),
  'is-macro': (text) => isMacro(text as string),
  'is-property-attribute': (text) => isAnyProperty(ident(text)),
  'is-url': (text) => isUrl(text as string),
  'logseq-property-ident': (text) => isLogseqPropertyIdent(ident(text)),
  'order-between': (a, b) => orderBetween(a as null | string, b as null | string),
  'order-n-between': (a, b, n) => ordersBetween(a as null | string, b as null | string, n as number),
  'order-valid': (key) => (isOrderKey(key as string) ? null : expect.fail('invalid')),
  'plugin-property-ident': (text) => isPluginPropertyIdent(ident(text)),
  'user-property-ident': (text) => isUserPropertyIdent(ident(text)),
}

describe('the functions of Logseq on names, idents and orders', () => {
  for (const {input, name, output} of goldenCases('validity.jsonl.gz')) {
    const call = FUNCTIONS[input['fn'] as string]
    if (!call) continue
    it(name, () => {
      const args = input['args'] as Arg[]
      if ((output as string).startsWith('{:throws')) expect(() => call(...args)).to.throw()
      else if (input['fn'] === 'order-valid') call(...args)
      else expect(call(...args)).to.deep.equal(readEdn(output as string))
    })
  }
})
