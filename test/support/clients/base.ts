import {existsSync, mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'

import {ask, ClientError, type ClientOptions, isThere, launch, readJson, waitFor} from './common.js'

/** A server as a client of this era knows it: by its lock file. */
export interface BaseServer {
  base: Record<string, any>
  owned: boolean
  spawned: boolean
}

/**
 * A client as Logseq's were in February 2026: it knows servers by their lock files, which tell the port, sends no token, and names
 * nobody when it asks for a stop.
 */
export class BaseClient {
  readonly #options: ClientOptions

  constructor(options: ClientOptions) {
    this.#options = options
  }

  lockPath(repo: string): string {
    const name = repo.replace(/^logseq_db_/, '')
    const dir = encodeURIComponent(name).replaceAll('~', '%7E').replaceAll('%', '~')
    return join(this.#options.sandbox.dataDir, dir, 'db-worker.lock')
  }

  async list(): Promise<Record<string, any>[]> {
    const {dataDir} = this.#options.sandbox
    const locks = readdirSync(dataDir).map((dir) => this.#valid(readJson(join(dataDir, dir, 'db-worker.lock'))))
    return Promise.all(
      locks
        .filter((lock) => lock !== undefined)
        .map(async ({host, 'owner-source': owner, pid, port, repo}) => ({
          host,
          'owner-source': owner,
          pid,
          port,
          repo,
          status: (await this.#isOk(port as number, '/readyz')) ? 'ready' : 'starting',
        })),
    )
  }

  async start(repo: string): Promise<BaseServer> {
    const path = this.lockPath(repo)
    mkdirSync(join(path, '..'), {recursive: true})
    await this.#cleanUp(path)
    const spawned = !existsSync(path)
    if (spawned) {
      const {sandbox, owner} = this.#options
      launch(this.#options, ['--repo', repo, '--data-dir', sandbox.dataDir, '--owner-source', owner])
    }

    const lock = await waitFor(() => this.#valid(readJson(path)), 8000, 200)
    if (!lock) throw new ClientError('server-start-timeout-orphan')
    if (this.#options.owner === 'cli' && lock['owner-source'] === 'unknown')
      writeFileSync(path, JSON.stringify({...readJson(path), 'owner-source': 'cli'}))
    const ready = await waitFor(
      async () => (await this.#isOk(lock['port'] as number, '/readyz')) || undefined,
      8000,
      250,
    )
    if (!ready) throw new ClientError('server-start-failed')
    return {base: readJson(path)!, owned: readJson(path)!['owner-source'] === this.#options.owner, spawned}
  }

  /** @returns what ended it */
  async stop(repo: string): Promise<'shutdown' | 'signal'> {
    const path = this.lockPath(repo)
    const lock = readJson(path)
    if (!lock) throw new ClientError('server-not-found')
    const owner = lock['owner-source'] as string
    if (owner !== this.#options.owner && !(this.#options.owner === 'cli' && owner === 'unknown'))
      throw new ClientError('server-owned-by-other')
    await ask(lock['port'] as number, '/v1/shutdown', {method: 'POST'}).catch(() => {})
    const isGone = () => !existsSync(path) || undefined
    if (await waitFor(isGone, 5000, 200)) return 'shutdown'
    process.kill(lock['pid'] as number, 'SIGTERM')
    if (!isThere(lock['pid'] as number)) rmSync(path, {force: true})
    if (await waitFor(isGone, 5000, 200)) return 'signal'
    throw new ClientError('server-stop-timeout')
  }

  async restart(repo: string): Promise<BaseServer> {
    await this.stop(repo)
    return this.start(repo)
  }

  /** Calls a method. @param args transit, or with `directPass` plain values */
  async invoke(repo: string, method: string, args: readonly unknown[] | string): Promise<any> {
    const {port} = readJson(this.lockPath(repo))!
    const body =
      typeof args === 'string'
        ? {argsTransit: args, directPass: false, method: `thread-api/${method}`}
        : {args, directPass: true, method: `thread-api/${method}`}
    const {json, status, text} = await ask(port as number, '/v1/invoke', {body: JSON.stringify(body), ms: 10_000})
    if (status !== 200) throw new Error(`${status}: ${text}`)
    return typeof args === 'string' ? json.resultTransit : json.result
  }

  /** Removes a lock file that names nobody: a dead process, no port, or a server that does not say that it is well. */
  async #cleanUp(path: string): Promise<void> {
    const lock = readJson(path)
    if (!existsSync(path)) return
    const valid = this.#valid(lock)
    if (valid && isThere(valid['pid'] as number) && (await this.#isOk(valid['port'] as number, '/healthz'))) return
    rmSync(path)
  }

  #valid(lock: Record<string, any> | undefined): Record<string, any> | undefined {
    return lock && lock['host'] && lock['port'] > 0 ? lock : undefined
  }

  async #isOk(port: number, path: string): Promise<boolean> {
    try {
      return (await ask(port, path)).status === 200
    } catch {
      return false // no answer
    }
  }
}
