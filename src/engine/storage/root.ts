import {keyword} from '../../values/scalars.js'
import {decodeTransit, encodeTransit} from '../../values/transit.js'
import {type Value, ValueMap} from '../../values/types.js'
import {MAX_KEYS} from '../index/node.js'
import type {StoredTree} from '../index/tree.js'

/** The root row of a graph. */
export interface StoredRoot {
  readonly schema: ValueMap
  readonly maxEid: number
  readonly maxTx: number
  readonly eavt: StoredTree
  readonly aevt: StoredTree
  readonly avet: StoredTree
  /** The greatest address in use. */
  readonly maxAddress: number
  /** The whole row; unknown entries are written back unchanged. */
  readonly stored: ValueMap
}

/** Levels of a tree: with 16 keys a node, this is far more datoms than an address can count. */
const MAX_DEPTH = 12

const K = {
  schema: keyword('schema'),
  maxEid: keyword('max-eid'),
  maxTx: keyword('max-tx'),
  eavt: keyword('eavt'),
  aevt: keyword('aevt'),
  avet: keyword('avet'),
  eavtMetadata: keyword('eavt-metadata'),
  aevtMetadata: keyword('aevt-metadata'),
  avetMetadata: keyword('avet-metadata'),
  maxAddress: keyword('max-addr'),
  branchingFactor: keyword('branching-factor'),
  refType: keyword('ref-type'),
  count: keyword('count'),
  shift: keyword('shift'),
}

/**
 * Reads the root row.
 * @throws Error that says what is wrong with it
 */
export function decodeRoot(content: string): StoredRoot {
  const stored = decodeTransit(content)
  if (!(stored instanceof ValueMap)) throw new Error('the root is not a map')
  const schema = stored.get(K.schema)
  if (!(schema instanceof ValueMap)) throw new Error('the root has no schema')
  const branching = stored.get(K.branchingFactor)
  if (branching !== MAX_KEYS) throw new Error(`expected nodes of up to ${MAX_KEYS} keys, got ${String(branching)}`)
  const tree = (root: Value, metadata: Value) => treeOf(stored.get(root), stored.get(metadata))
  return {
    schema,
    maxEid: count(stored.get(K.maxEid)),
    maxTx: count(stored.get(K.maxTx)),
    eavt: tree(K.eavt, K.eavtMetadata),
    aevt: tree(K.aevt, K.aevtMetadata),
    avet: tree(K.avet, K.avetMetadata),
    maxAddress: count(stored.get(K.maxAddress)),
    stored,
  }
}

/** Writes the root row. */
export function encodeRoot(root: StoredRoot): string {
  const {aevt, avet, eavt} = root
  const stored = new ValueMap(root.stored)
    .set(K.schema, root.schema)
    .set(K.maxEid, root.maxEid)
    .set(K.maxTx, root.maxTx)
    .set(K.eavt, eavt.address)
    .set(K.aevt, aevt.address)
    .set(K.avet, avet.address)
    .set(K.eavtMetadata, metadataOf(eavt))
    .set(K.aevtMetadata, metadataOf(aevt))
    .set(K.avetMetadata, metadataOf(avet))
    .set(K.maxAddress, root.maxAddress)
    .set(K.branchingFactor, MAX_KEYS)
  if (!stored.has(K.refType)) stored.set(K.refType, keyword('strong'))
  return encodeTransit(stored)
}

function treeOf(address: Value | undefined, metadata: Value | undefined): StoredTree {
  if (!(metadata instanceof ValueMap)) throw new Error('the root lacks the counts of an index')
  const depth = count(metadata.get(K.shift))
  if (depth > MAX_DEPTH) throw new Error(`expected at most ${MAX_DEPTH} levels, got an index of ${depth} levels`)
  return {address: count(address), count: count(metadata.get(K.count)), depth}
}

function metadataOf({count, depth}: StoredTree): ValueMap {
  return new ValueMap([
    [K.count, count],
    [K.shift, depth],
  ])
}

function count(value: Value | undefined): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new Error('a number is missing in the root')
}
