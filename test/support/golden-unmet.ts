const REPAIR = 'Logseq repairs the entity; a check changes nothing here, and reports what is wrong'
const INFERRED = 'no method that is served infers the type of a property from a value'

/** The recorded calls of Logseq's own code whose result is another one here, with the reason. docs/compatibility.md has the sum. */
export const UNMET: ReadonlyMap<string, string> = new Map([
  [
    'export page class instance',
    'Logseq makes two pages of one title; here it is one, and is exported again as it was',
  ],
  ['fn/infer-type/["5"]', INFERRED],
  ['fn/infer-type/["5.5"]', INFERRED],
  [String.raw`fn/infer-type/["\"5\""]`, INFERRED],
  ['fn/infer-type/["true"]', INFERRED],
  ['fn/infer-type/["false"]', INFERRED],
  [String.raw`fn/infer-type/["\"true\""]`, INFERRED],
  ['fn/journal-uuid/[10101]', 'Logseq makes no UUID of a day of the first thousand years'],
  ['type/user-property/ident without namespace', 'Logseq crashes; the entity is reported here'],
  ['validate block without parent, fix true', REPAIR],
  ['validate class with an order, fix true', REPAIR],
  ['validate page without updated-at, fix true', REPAIR],
  ['validate pre-block? left over, fix true', REPAIR],
  ['value/date/number', 'a number far above all entities is not taken for one; the write is refused by Logseq, too'],
])
