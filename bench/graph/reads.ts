import {runQuery} from '../../src/engine/query/query.js'
import type {Value} from '../../src/values/types.js'
import {median} from '../measure.js'
import type {Figure} from '../report.js'
import {DataScriptGraph} from './datascript.js'
import type {Held} from './held.js'
import {type Question, QUESTIONS} from './queries.js'

const TIMEOUT_MS = 60_000

/** Rounds that do not count: the cache fills, and the code is compiled. */
const WARM_UP = 10

/** The questions, asked of the engine and of npm datascript in turns. */
export async function compareQueries(held: Held, rounds: number): Promise<Figure[]> {
  const other = new DataScriptGraph(held.connection.db)
  const figures: Figure[] = []
  for (const question of QUESTIONS) figures.push(await compare(question, rounds, held, other))
  return figures
}

async function compare(question: Question, rounds: number, held: Held, other: DataScriptGraph): Promise<Figure> {
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = -WARM_UP; round < rounds; round++) {
    const began = performance.now()
    const found = await ask(question, held)
    const between = performance.now()
    const expected = other.ask(question).length
    const ended = performance.now()
    if (found !== expected) throw new Error(`${question.what}: ${found} rows, and datascript has ${expected}`)
    if (round < 0) continue
    ours.push(between - began)
    theirs.push(ended - between)
  }

  return {bound: 1, measured: median(ours) / median(theirs), unit: 'x datascript', what: question.what}
}

/** @returns how many rows there are */
async function ask({inputs = [], query}: Question, {connection, scheduler}: Held): Promise<number> {
  const snapshot = connection.snapshot()
  try {
    const options = {timeoutMs: TIMEOUT_MS}
    const result = await scheduler.run((execution) => runQuery(query, [snapshot.db, ...inputs], execution), options)
    return [...(result as Iterable<Value>)].length
  } finally {
    snapshot.release()
  }
}
