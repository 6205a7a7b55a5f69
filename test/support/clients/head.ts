import {existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync} from 'node:fs'
import {join} from 'node:path'

import {ask, ClientError, type ClientOptions, isThere, launch, readJson, waitFor} from './common.js'

/** What a server says of itself on `/healthz`, and with which HTTP status. */
export type Health = Record<string, any> & {'http-status': number}

/** A server that a client of this era has found or started. */
export interface HeadServer {
  /** What ended the one of another build that was there before. */
  ended?: 'shutdown' | 'signal'
  health: Health
  owned: boolean
  spawned: boolean
}

const nameOf = (repo: unknown) => String(repo).replace(/^logseq_db_/, '')

/** What both clients of this era have in common: they find servers by ROOT/server-list and know them by their health. */
abstract class ListClient {
  protected readonly options: ClientOptions

  constructor(options: ClientOptions) {
    this.options = options
  }

  get rootDir(): string {
    return this.options.sandbox.dir
  }

  lockPath(repo: string): string {
    const dir = encodeURIComponent(nameOf(repo)).replaceAll('~', '%7E').replaceAll('%20', ' ').replaceAll('%', '~')
    return join(this.rootDir, 'graphs', dir, 'db-worker.lock')
  }

  /** Every server of the list that answers. */
  async list(): Promise<Health[]> {
    const path = join(this.rootDir, 'server-list')
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []
    const entries = lines.map((line) => /^(\d+) (\d+)$/.exec(line)).filter((match) => match !== null)
    const healths = entries.filter(([, pid]) => isThere(Number(pid))).map((entry) => this.probe(Number(entry[2])))
    return (await Promise.all(healths)).filter((health) => health !== undefined)
  }

  async invoke(repo: string, method: string, argsTransit: string): Promise<string | undefined> {
    // A server that is ready may be a moment ahead of its line in the list.
    const health = await waitFor(
      async () => (await this.find(repo)) ?? (this.isServed(repo) ? undefined : null),
      15_000,
      50,
    )
    const body = JSON.stringify({argsTransit, method: `thread-api/${method}`})
    const {json, status, text} = await ask(health!['port'] as number, '/v1/invoke', {body, ms: 10_000})
    if (status !== 200) throw new Error(`${status}: ${text}`)
    return json.resultTransit as string
  }

  protected isServed(repo: string): boolean {
    const pid: unknown = readJson(this.lockPath(repo))?.['pid']
    return typeof pid === 'number' && isThere(pid)
  }

  protected async find(repo: string): Promise<Health | undefined> {
    return (await this.list()).find((health) => nameOf(health['repo']) === nameOf(repo))
  }

  protected async probe(port: number): Promise<Health | undefined> {
    try {
      const {json, status} = await ask(port, '/healthz')
      return json && this.isServer(json as Record<string, any>, status) ? {...json, 'http-status': status} : undefined
    } catch {
      return undefined // no answer
    }
  }

  protected spawn(repo: string): void {
    mkdirSync(join(this.lockPath(repo), '..'), {recursive: true})
    const {owner} = this.options
    launch(this.options, ['--repo', repo, '--root-dir', this.rootDir, '--owner-source', owner, ...this.flags])
  }

  protected async waitUntilReady(repo: string, publishMs: number, readyMs: number): Promise<Health> {
    if (!(await waitFor(() => this.find(repo), publishMs, 50)))
      throw new ClientError('server-start-failed', await this.describe(repo))
    const ready = async () => {
      const health = await this.find(repo)
      return health?.['http-status'] === 200 ? health : undefined
    }

    const health = await waitFor(ready, readyMs, 50)
    if (!health) throw new ClientError('server-start-failed')
    return health
  }

  /** Describes a server that is not found: the list, its record, its log, and the response of its port. */
  protected async describe(repo: string): Promise<string> {
    const dir = join(this.lockPath(repo), '..')
    const logs = existsSync(dir) ? readdirSync(dir).filter((name) => name.endsWith('.log')) : []
    const record = readJson(this.lockPath(repo))
    const list = join(this.rootDir, 'server-list')
    const port: unknown = record?.['port']
    const answer = typeof port === 'number' ? await ask(port, '/healthz').catch(String) : undefined
    return [
      `list: ${existsSync(list) ? readFileSync(list, 'utf8') : 'missing'}`,
      `record: ${JSON.stringify(record)}`,
      `health: ${JSON.stringify(answer)}`,
      ...logs.map((name) => readFileSync(join(dir, name), 'utf8').slice(-2000)),
    ].join('\n')
  }

  protected abstract flags: readonly string[]
  protected abstract isServer(health: Record<string, any>, status: number): boolean
}

/** A client as the module that Logseq's desktop app uses in August 2026: it reads lock files too, and insists on its own build. */
export class HeadAppClient extends ListClient {
  protected readonly flags = ['--embedding-endpoint', 'http://127.0.0.1:1', '--embedding-model-id', 'none']
  readonly #revision: string

  constructor(options: ClientOptions, revision: string) {
    super(options)
    this.#revision = revision
  }

  async start(repo: string): Promise<HeadServer> {
    const server = await this.#ensure(repo)
    if (server.health['revision'] === this.#revision) return server
    // Whoever owns it.
    const ended = await this.#end(repo, server.health).catch(() => {
      throw new ClientError('server-revision-mismatch-restart-failed')
    })
    const again = await this.#ensure(repo)
    if (again.health['revision'] === this.#revision) return {...again, ended}
    throw new ClientError('server-revision-mismatch-after-restart')
  }

  async stop(repo: string): Promise<'shutdown' | 'signal'> {
    const lock = readJson(this.lockPath(repo))
    if (!lock) throw new ClientError('server-not-found')
    const {owner} = this.options
    if (lock['owner-source'] !== owner && !(owner === 'cli' && lock['owner-source'] === 'unknown'))
      throw new ClientError('server-owned-by-other')
    return this.#end(repo, (await this.find(repo))!)
  }

  protected isServer(health: Record<string, any>): boolean {
    const rootDir = health['root-dir'] as string | undefined
    return Boolean(health['repo']) && (rootDir === undefined || realpathSync(rootDir) === realpathSync(this.rootDir))
  }

  async #ensure(repo: string): Promise<HeadServer> {
    const path = this.lockPath(repo)
    await this.#cleanUp(path)
    const listed = await this.find(repo)
    const spawned = !listed && !existsSync(path)
    if (listed && !existsSync(path)) throw new ClientError('server-start-failed')
    if (spawned) {
      this.spawn(repo)
      const locked = await waitFor(() => existsSync(path) || undefined, 8000, 50)
      if (!locked) throw new ClientError('server-start-timeout-orphan')
    }

    const health = await this.waitUntilReady(repo, 30_000, 8000)
    return {health, owned: readJson(path)?.['owner-source'] === this.options.owner, spawned}
  }

  async #cleanUp(path: string): Promise<void> {
    const lock = readJson(path)
    if (!existsSync(path)) return
    const isFormed = lock && lock['repo'] && typeof lock['pid'] === 'number' && lock['lock-id']
    if (!isFormed) throw new Error('an ill-formed lock: its pid would be sent a signal')
    if (!isThere(lock['pid'] as number)) rmSync(path)
  }

  async #end(repo: string, health: Health): Promise<'shutdown' | 'signal'> {
    const path = this.lockPath(repo)
    await ask(health['port'] as number, '/v1/shutdown', {method: 'POST'}).catch(() => {})
    if (await waitFor(() => !existsSync(path) || undefined, 5000, 200)) return 'shutdown'
    process.kill(health['pid'] as number, 'SIGTERM')
    if (existsSync(path)) throw new ClientError('server-stop-timeout')
    return 'signal'
  }
}

/** A client as Logseq's command line in August 2026: it looks at the list and at health, and at no build. */
export class HeadCliClient extends ListClient {
  protected readonly flags: readonly string[] = []

  async start(repo: string): Promise<HeadServer> {
    const health = await this.find(repo)
    if (health?.['status'] === 'ready')
      return {health, owned: health['owner-source'] === this.options.owner, spawned: false}
    const lock = readJson(this.lockPath(repo))
    const spawned = !health && !(lock && isThere(lock['pid'] as number))
    if (spawned) {
      this.spawn(repo)
      const locked = await waitFor(() => existsSync(this.lockPath(repo)) || undefined, 8000, 50)
      if (!locked) throw new ClientError('server-start-failed')
    }

    const ready = await this.waitUntilReady(repo, 30_000, 30_000)
    return {health: ready, owned: ready['owner-source'] === this.options.owner, spawned}
  }

  async stop(repo: string): Promise<'shutdown' | 'signal'> {
    const health = await this.find(repo)
    if (!health) throw new ClientError('server-not-found')
    if (!['cli', 'unknown'].includes(health['owner-source'] as string)) throw new ClientError('server-owned-by-other')
    await ask(health['port'] as number, '/v1/shutdown', {body: '{}'}).catch(() => {})
    const isGone = async () => (await this.find(repo)) === undefined || undefined
    if (await waitFor(isGone, 5000, 200)) return 'shutdown'
    process.kill(health['pid'] as number, 'SIGTERM')
    if (await waitFor(isGone, 1000, 100)) return 'signal'
    throw new ClientError('server-stop-timeout')
  }

  async restart(repo: string): Promise<HeadServer> {
    await this.stop(repo)
    return this.start(repo)
  }

  protected isServer(health: Record<string, any>, status: number): boolean {
    return Boolean(health['repo']) && (status === 200 || status === 503)
  }
}
