import {execFile} from 'node:child_process'
import {mkdirSync, mkdtempSync, realpathSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'

import type {Random} from './random.js'

/** Those before it belong to every graph. */
const FIRST_ENTITY = 300

const run = promisify(execFile)

/** A directory of generated graphs. */
export class Graphs {
  readonly dataDir = realpathSync(mkdtempSync(join(tmpdir(), 'logseq-graph-bench-')))
  readonly #lastEntities = new Map<string, number>()

  /** The directory of a graph. */
  dirOf(name: string): string {
    return join(this.dataDir, name)
  }

  /**
   * Writes a graph, as a server would have left it.
   * @param datoms about how many
   */
  async write(name: string, datoms: number): Promise<void> {
    mkdirSync(this.dirOf(name), {recursive: true})
    this.#lastEntities.set(name, Number(await this.run('write-once.ts', this.dirOf(name), String(datoms))))
  }

  /** Any page or block. */
  someEntity(name: string, random: Random): number {
    const last = this.#lastEntities.get(name) as number
    return last - random.below(last - FIRST_ENTITY)
  }

  /** Runs one of the programs beside this file in a process of its own. @returns what it printed */
  async run(script: string, ...args: string[]): Promise<string> {
    const path = fileURLToPath(new URL(script, import.meta.url))
    const {stdout} = await run(process.execPath, ['--import', 'tsx', path, ...args])
    return stdout
  }

  dispose(): void {
    rmSync(this.dataDir, {force: true, recursive: true})
  }
}
