import {median} from '../measure.js'
import type {Figure} from '../scenarios.js'
import type {Graphs} from './graphs.js'

/** What it costs a process that has done nothing yet to open a graph and read an entity of it. */
export async function measureOpening(graphs: Graphs, name: string, rounds: number): Promise<Figure> {
  const cpu: number[] = []
  const wall: number[] = []
  for (let round = -1; round < rounds; round++) {
    const [taken, passed] = (await graphs.run('open-once.ts', graphs.dirOf(name))).split(' ').map(Number)
    if (round < 0) continue // the first reads the file from the disk
    cpu.push(taken!)
    wall.push(passed!)
  }

  return {bound: 25, measured: median(cpu), unit: 'ms', wall: median(wall), what: `opening ${name} datoms (CPU)`}
}
