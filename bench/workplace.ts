import {copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

import {end, know, type Known, lives} from '../test/support/processes.js'
import {cpuOf, type Run, run} from './measure.js'

const CLI = fileURLToPath(new URL('../bin/run.js', import.meta.url))

/** A measured run of the CLI, and what its result says. */
export interface CliRun extends Run {
  data: Record<string, unknown>
}

/** A directory of graphs of its own. Whatever was started in it is ended with it. */
export class Workplace {
  readonly #servers: Known[] = []
  readonly #dir = realpathSync(mkdtempSync(join(tmpdir(), 'logseq-server-bench-')))

  /** Makes a data directory with this many graphs that have no server. */
  graphs(name: string, count: number): string {
    const dataDir = join(this.#dir, name)
    for (let i = 0; i < count; i++) {
      mkdirSync(join(dataDir, `graph ${i}`), {recursive: true})
      writeFileSync(join(dataDir, `graph ${i}`, 'db.sqlite'), '')
    }

    return dataDir
  }

  /** Runs one command that has to succeed. */
  async cli(args: readonly string[], dataDir = join(this.#dir, 'graphs')): Promise<CliRun> {
    const ran = await run([CLI, ...args, '--json', '--data-dir', dataDir], this.env())
    if (ran.code !== 0) throw new Error(`${args.join(' ')}: ${ran.stdout}`)
    const {data} = JSON.parse(ran.stdout) as {data: Record<string, unknown>}
    const known = typeof data['pid'] === 'number' ? know(data['pid']) : undefined
    if (known) this.#servers.push(known)
    return {...ran, data}
  }

  /** Asks for the version, which is of no graph. */
  version(): Promise<Run> {
    return run([CLI, '--version'], this.env())
  }

  /** Replaces a graph's file by a copy of another. */
  put(repo: string, file: string): void {
    const dir = join(this.#dir, 'graphs', repo)
    mkdirSync(dir, {recursive: true})
    copyFileSync(file, join(dir, 'db.sqlite'))
  }

  /** Starts the server of a graph, and creates the graph if it is missing. Its cost is that of the command and of the server so far. */
  async start(repo: string, dataDir?: string): Promise<CliRun & {pid: number}> {
    const ran = await this.cli(['server', 'start', '--create', '--repo', repo], dataDir)
    const pid = ran.data['pid'] as number
    return {...ran, cpu: ran.cpu + cpuOf(pid), pid}
  }

  /** Environment of the system's programs, without variables that slow down Node.js or change the CLI. */
  env(): NodeJS.ProcessEnv {
    const {NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...env} = process.env
    const kept = Object.entries(env).filter(([name]) => !name.startsWith('LOGSEQ_'))
    return {...Object.fromEntries(kept), HOME: this.#dir}
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#servers.filter((server) => lives(server)).map((server) => end(server)))
    rmSync(this.#dir, {force: true, recursive: true})
  }
}
