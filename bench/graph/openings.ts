import {median} from '../measure.js'
import type {Figure} from '../report.js'
import type {Graphs} from './graphs.js'

/** Measures the cost for a new process to open a graph and read an entity of it. */
export async function measureOpening(graphs: Graphs, name: string, rounds: number): Promise<Figure> {
  const times: number[] = []
  for (let round = -1; round < rounds; round++) {
    const ms = Number(await graphs.run('open-once.ts', graphs.dirOf(name)))
    if (round >= 0) times.push(ms) // the first reads the file from the disk
  }

  return {bound: 25, measured: median(times), unit: 'ms', what: `opening ${name} datoms (CPU)`}
}
