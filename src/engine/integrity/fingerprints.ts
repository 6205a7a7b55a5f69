import type {Datom} from '../datom.js'
import {hash} from '../hash.js'

/**
 * Numbers that stand for datoms, in eight bytes each, to compare two indexes that have them in different orders without
 * holding either. Two datoms share one about once in 2^32.
 */
export class Fingerprints {
  #count = 0
  #numbers = new Float64Array(1024)

  add(fingerprint: number): void {
    if (this.#count === this.#numbers.length) {
      const larger = new Float64Array(this.#count * 2)
      larger.set(this.#numbers)
      this.#numbers = larger
    }

    this.#numbers[this.#count++] = fingerprint
  }

  /** All of them, from the least to the greatest. */
  sorted(): Float64Array {
    return this.#numbers.subarray(0, this.#count).sort()
  }
}

/** @returns a whole number below 2^53 */
export function fingerprint({a, e, tx, v}: Datom): number {
  const value = hash(v)
  const one = stir(stir(stir(e, hash(a)), value), tx) >>> 0
  const two = stir(stir(stir(value, tx), e), typeof v === 'string' ? v.length : 7) >>> 11
  return one * 0x20_00_00 + two
}

function stir(a: number, b: number): number {
  let h = Math.imul((a ^ 0x9e_37_79_b9) | 0, 0x85_eb_ca_6b) ^ Math.imul(b | 0, 0xc2_b2_ae_35)
  h ^= h >>> 15
  h = Math.imul(h, 0x27_d4_eb_2f)
  return h ^ (h >>> 13)
}

/** Finds those of the first that are not among the second. Both are sorted; a number that occurs twice must occur twice. */
export function missing(from: Float64Array, among: Float64Array): Set<number> {
  const found = new Set<number>()
  let j = 0
  for (const item of from) {
    while (j < among.length && among[j]! < item) j++
    if (among[j] === item) j++
    else found.add(item)
  }

  return found
}
