import {messageOf, ServerError} from '../../lib/errors.js'
import type {Sqlite} from '../../lib/sqlite.js'
import {compareAevt, compareAvet, compareEavt} from '../compare.js'
import {type Datom, TX0} from '../datom.js'
import type {Comparator, NodeSource} from '../index/node.js'
import {Schema} from '../schema.js'
import {textOf} from '../storage/bytes.js'
import type {KvsStore} from '../storage/kvs-store.js'
import type {StoredRoot} from '../storage/root.js'
import type {CooperativeTask, ExecutionContext} from '../task.js'
import {Findings, type IndexName, type Problem} from './findings.js'
import {fingerprint, Fingerprints, missing} from './fingerprints.js'
import {describe, walkTree} from './structure.js'

/** Findings of a check, as plain data. */
export interface CheckReport {
  ok: boolean
  /** The first hundred. */
  problems: Problem[]
  'problem-count': number
  datoms: Record<IndexName, number>
  /** Rows of the three trees. */
  nodes: number
  rows: number
  /** Rows that no tree needs any more: Logseq leaves them behind until it collects them. */
  garbage: number
  /** Nodes with fewer than half of the keys that fit. */
  underfull: number
  /** Datoms of indexed attributes that avet lacks. Logseq leaves some out when an attribute becomes indexed. */
  'not-in-avet': number
  /** Datoms of the last writes, which are in no tree yet. */
  tail: number
}

const ORDERS = {aevt: compareAevt, avet: compareAvet, eavt: compareEavt} as const satisfies Record<
  IndexName,
  Comparator
>

/** Number of addresses that are read before the check yields. */
const ROWS = 5000

/**
 * Checks what is stored of a graph: SQLite's own check, the form and order of the three trees, and that they hold the
 * same. It reads the rows, not the cache, as they were when it began; others may read and write meanwhile.
 */
export function* checkGraph(db: Sqlite, kvs: KvsStore, execution: ExecutionContext): CooperativeTask<CheckReport> {
  const snapshot = kvs.snapshotOfRows()
  try {
    return yield* new Check(db, kvs, snapshot, execution).run()
  } finally {
    snapshot.release()
  }
}

/** The report of a check that has not looked at anything yet. */
export function emptyReport(): CheckReport {
  return {
    ok: false,
    problems: [],
    'problem-count': 0,
    datoms: {eavt: 0, aevt: 0, avet: 0},
    nodes: 0,
    rows: 0,
    garbage: 0,
    underfull: 0,
    'not-in-avet': 0,
    tail: 0,
  }
}

class Check {
  readonly #db: Sqlite
  readonly #findings = new Findings()
  readonly #kvs: KvsStore
  readonly #execution: ExecutionContext
  readonly #report = emptyReport()
  readonly #source: NodeSource

  constructor(db: Sqlite, kvs: KvsStore, source: NodeSource, execution: ExecutionContext) {
    this.#db = db
    this.#kvs = kvs
    this.#execution = execution
    this.#source = source
  }

  *run(): CooperativeTask<CheckReport> {
    const root = this.#readRoot()
    this.#quickCheck()
    if (root) yield* this.#trees(root)
    const {count, problems} = this.#findings
    return {...this.#report, ok: count === 0, problems, 'problem-count': count}
  }

  /** Root and tail belong to the moment at which the snapshot was taken: nothing may come in between. */
  #readRoot(): StoredRoot | undefined {
    try {
      this.#report.tail = this.#kvs.readTail().reduce((sum, {length}) => sum + length, 0)
      return this.#kvs.readRoot()
    } catch (error) {
      if (!(error instanceof ServerError)) throw error
      this.#findings.add({what: messageOf(error)})
      return undefined
    }
  }

  #quickCheck(): void {
    try {
      const rows = this.#db.all('SELECT CAST(quick_check AS BLOB) AS verdict FROM pragma_quick_check')
      const verdicts = rows.map(({verdict}) => textOf(verdict) ?? 'damage that it cannot name')
      for (const verdict of verdicts) if (verdict !== 'ok') this.#findings.add({what: `SQLite: ${verdict}`})
    } catch (error) {
      this.#findings.add({what: `SQLite: ${messageOf(error)}`}) // it throws if it cannot read any more
    }
  }

  *#trees(root: StoredRoot): CooperativeTask<void> {
    const schema = Schema.of(root.schema)
    const all = {aevt: new Fingerprints(), avet: new Fingerprints(), eavt: new Fingerprints()}
    const indexed = new Fingerprints()
    const seen = new Set<number>()
    for (const index of ['eavt', 'aevt', 'avet'] as const) {
      const {datoms, underfull} = yield* walkTree({
        findings: this.#findings,
        index,
        order: ORDERS[index],
        execution: this.#execution,
        seen,
        source: this.#source,
        tree: root[index],
        visit: (datom) => {
          const number = fingerprint(datom)
          all[index].add(number)
          if (index !== 'eavt') return
          this.#datom(datom, root)
          if (schema.isIndexed(datom.a)) indexed.add(number)
        },
      })
      this.#report.datoms[index] = datoms
      this.#report.underfull += underfull
    }

    yield* this.#rows(root, seen)
    yield* this.#agreement(root, all, indexed, schema)
  }

  #datom(datom: Datom, {maxEid, maxTx}: StoredRoot): void {
    const {e, tx} = datom
    const known = Number.isSafeInteger(e) && e > 0 && (e <= maxEid || e > TX0)
    if (!known || tx <= TX0 || tx > maxTx)
      this.#findings.add({
        index: 'eavt',
        what: `${describe(datom)} is of an entity or a transaction that there cannot be`,
      })
  }

  *#rows({maxAddress}: StoredRoot, seen: ReadonlySet<number>): CooperativeTask<void> {
    const next = this.#db.prepare(
      'SELECT max(addr) AS last, count(*) AS count FROM (SELECT addr FROM kvs WHERE addr > ? AND addr <= ? ORDER BY addr LIMIT ?)',
    )
    for (let from = -1; ;) {
      const {count, last} = next.get(from, maxAddress, ROWS) as {count: number; last: null | number}
      if (last === null) break
      this.#report.rows += count
      from = last
      if (this.#execution.shouldYield()) yield
    }

    this.#report.nodes = seen.size
    this.#report.garbage = Math.max(0, this.#report.rows - seen.size - 2)
    for (const address of seen)
      if (address > maxAddress)
        this.#findings.add({address, what: `the root says that the greatest address is ${maxAddress}`})
  }

  /** Compares the contents of the indexes. */
  *#agreement(
    root: StoredRoot,
    all: Record<IndexName, Fingerprints>,
    indexed: Fingerprints,
    schema: Schema,
  ): CooperativeTask<void> {
    const eavt = all.eavt.sorted()
    yield // each takes some 50 ms for half a million
    const aevt = all.aevt.sorted()
    yield
    const avet = all.avet.sorted()
    yield
    this.#report['not-in-avet'] = missing(indexed.sorted(), avet).size
    yield
    yield* this.#addAll(root, 'eavt', missing(eavt, aevt), 'is missing in aevt')
    yield* this.#addAll(root, 'aevt', missing(aevt, eavt), 'is missing in eavt')
    // DataScript leaves a fact there that goes when its attribute is not indexed any more. Nothing reads it.
    const counts = ({a}: Datom) => schema.isIndexed(a)
    yield* this.#addAll(root, 'avet', missing(avet, eavt), 'is missing in eavt', counts)
  }

  /** Finds the datoms that some fingerprints stand for. */
  *#addAll(
    root: StoredRoot,
    index: IndexName,
    fingerprints: ReadonlySet<number>,
    what: string,
    counts: (datom: Datom) => boolean = () => true,
  ): CooperativeTask<void> {
    if (fingerprints.size === 0) return
    yield* walkTree({
      findings: new Findings(), // what is wrong with its form has been reported
      index,
      order: ORDERS[index],
      execution: this.#execution,
      seen: new Set(),
      source: this.#source,
      tree: root[index],
      visit: (datom) => {
        if (fingerprints.has(fingerprint(datom)) && counts(datom))
          this.#findings.add({index, what: `${describe(datom)} ${what}`})
      },
    })
  }
}
