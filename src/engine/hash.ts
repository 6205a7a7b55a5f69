import {Keyword, Sym, Uuid} from '../values/scalars.js'

import type {Value} from '../values/types.js'
import {List, ValueMap, ValueSet} from '../values/types.js'

const {imul} = Math

/** Constant that ClojureScript adds to the hash of a keyword, and when it combines two hashes. */
const GOLDEN = 0x9e_37_79_b9

/**
 * Computes ClojureScript's `hash` of a value (Murmur3, 32 bits). Logseq orders maps and sets in its indexes by it, so reading
 * a graph needs the same numbers. A value without a stable hash in ClojureScript gives 0.
 */
export function hash(value: Value): number {
  if (value === null) return 0
  if (typeof value === 'number') return hashNumber(value)
  if (typeof value === 'boolean') return value ? 1231 : 1237
  if (typeof value === 'string') return hashString(value)
  if (value instanceof Keyword) return (hashName(value.namespace, value.name) + GOLDEN) | 0
  if (value instanceof Sym) return hashSymbol(value.name)
  if (value instanceof Uuid) return hashString(value.text)
  if (value instanceof Date) return value.getTime()
  if (value instanceof ValueMap) return hashMap(value)
  if (value instanceof ValueSet) return hashSet(value)
  if (value instanceof List) return hashItems(value.items)
  return Array.isArray(value) ? hashItems(value as readonly Value[]) : 0
}

function hashNumber(value: number): number {
  if (Number.isSafeInteger(value)) return value % 0x7f_ff_ff_ff
  if (Number.isFinite(value)) return hashDouble(value)
  if (Number.isNaN(value)) return 0x7f_f8_00_00
  return value > 0 ? 0x7f_f0_00_00 : -0x10_00_00
}

const bytes = new DataView(new ArrayBuffer(8))

/** The bytes of the double are those of the machine, little-endian, and are read as big-endian. */
function hashDouble(value: number): number {
  bytes.setFloat64(0, value, true)
  return bytes.getInt32(0) ^ bytes.getInt32(4)
}

function hashString(text: string): number {
  const h = javaHash(text)
  return h === 0 ? 0 : finish(mixHash(0, mixKey(h)), 4)
}

function hashSymbol(name: string): number {
  const slash = name.indexOf('/')
  return slash > 0 ? hashName(name.slice(0, slash), name.slice(slash + 1)) : hashName(null, name)
}

function hashName(namespace: null | string, name: string): number {
  const seed = hashChars(name)
  const h = namespace === null ? 0 : javaHash(namespace)
  return seed ^ (((h + GOLDEN) | 0) + (seed << 6) + (seed >> 2))
}

/** Vectors and lists, which are equal when their items are. */
function hashItems(items: readonly Value[]): number {
  let h = 1
  for (const item of items) h = (imul(31, h) + hash(item)) | 0
  return mixCollection(h, items.length)
}

function hashSet(set: ValueSet): number {
  let h = 0
  for (const item of set) h = (h + hash(item)) | 0
  return mixCollection(h, set.size)
}

function hashMap(map: ValueMap): number {
  let h = 0
  for (const entry of map) h = (h + hashItems(entry)) | 0
  return mixCollection(h, map.size)
}

function mixCollection(h: number, count: number): number {
  return finish(mixHash(0, mixKey(h)), count)
}

function javaHash(text: string): number {
  let h = 0
  for (let i = 0; i < text.length; i++) h = (imul(31, h) + text.charCodeAt(i)) | 0
  return h
}

/** Murmur3 over the UTF-16 code units, two at a time. */
function hashChars(text: string): number {
  let h = 0
  for (let i = 1; i < text.length; i += 2) h = mixHash(h, mixKey(text.charCodeAt(i - 1) | (text.charCodeAt(i) << 16)))
  if (text.length % 2 === 1) h ^= mixKey(text.charCodeAt(text.length - 1))
  return finish(h, 2 * text.length)
}

function mixKey(key: number): number {
  return imul(rotate(imul(key, 0xcc_9e_2d_51), 15), 0x1b_87_35_93)
}

function mixHash(h: number, key: number): number {
  return (imul(rotate(h ^ key, 13), 5) + 0xe6_54_6b_64) | 0
}

function finish(h: number, length: number): number {
  let mixed = h ^ length
  mixed = imul(mixed ^ (mixed >>> 16), 0x85_eb_ca_6b)
  mixed = imul(mixed ^ (mixed >>> 13), 0xc2_b2_ae_35)
  return mixed ^ (mixed >>> 16)
}

function rotate(x: number, by: number): number {
  return (x << by) | (x >>> (32 - by))
}
