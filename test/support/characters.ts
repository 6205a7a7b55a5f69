import fc from 'fast-check'

/** Code points that are halves of a character in UTF-16. */
const FIRST_HALF = 0xd8_00
const HALVES = 0x8_00
const LAST = 0x10_ff_ff

const ofIndex = (index: number): string => String.fromCodePoint(index < FIRST_HALF ? index : index + HALVES)

/** Throws where the value is not one character, as fast-check wants it. */
function toIndex(value: unknown): number {
  const code = typeof value === 'string' ? value.codePointAt(0) : undefined
  const index = code === undefined || code < FIRST_HALF ? code : code - HALVES
  if (index === undefined || index < 0 || ofIndex(index) !== value) throw new Error('not one character')
  return index
}

/**
 * Any character: a unit of texts (`fc.string({unit: anyCharacter})`) that generates what fast-check's `binary` does. That one makes
 * a table of all characters, which costs each process 0.9 s, and 100 MB that each later start of a program copies.
 */
// eslint-disable-next-line unicorn/no-array-method-this-argument -- no array: the second is the way back, for names such as __proto__
export const anyCharacter: fc.Arbitrary<string> = fc.nat({max: LAST - HALVES}).map((index) => ofIndex(index), toIndex)
