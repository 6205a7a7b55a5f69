import {type ChildProcess, spawn, type SpawnOptions} from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import {request} from 'node:http'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

import {startServer} from '../../src/lib/lifecycle/start.js'
import type {Requester} from '../../src/lib/lock/owner.js'
import {argvOf, end, know, type Known, lives, mentioning} from './processes.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Compiled code is kept from test to test, as it is for a person. */
export const CODE_CACHE = join(ROOT, 'node_modules/.cache')

process.env['XDG_CACHE_HOME'] = CODE_CACHE

/** The programs as they are installed. */
export const CLI = join(ROOT, 'bin', 'run.js')
export const WORKER = join(ROOT, 'bin', 'db-worker-node.js')

/** What a run of the CLI came to. */
export interface Ran {
  code: null | number
  /** Wall time in ms. */
  ms: number
  signal: NodeJS.Signals | null
  stderr: string
  stdout: string
}

/** The one document of a `--json` run. */
export interface Envelope {
  data: Record<string, any>
  error: Record<string, any> & {code: string; hint?: string; message: string}
  status: 'error' | 'ok'
}

export interface RunOptions {
  /** Another way to a program that has the commands. */
  cli?: string
  cwd?: string
  env?: Record<string, string | undefined>
  /** Called with the process as soon as it runs. */
  onSpawn?: (child: ChildProcess) => unknown
  /** What it reads on stdin; nothing unless given. */
  stdin?: string
  /** Runs it as this user. Needs root. */
  uid?: number
}

/**
 * A directory of its own for one test, with everything that the test starts in it. Whatever happens, `dispose` ends
 * the processes that were started here, and those alone: each is known by pid and start time.
 */
export class Sandbox {
  readonly dataDir: string
  readonly dir: string
  readonly #known: Known[] = []

  constructor(dataDirName = 'graphs') {
    this.dir = realpathSync(mkdtempSync(join(tmpdir(), 'logseq-server-test-')))
    this.dataDir = join(this.dir, dataDirName)
    mkdirSync(this.dataDir, {recursive: true})
  }

  /** Runs the built CLI in this sandbox's data directory. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const began = performance.now()
    const child = spawn(process.execPath, [options.cli ?? CLI, ...args], {
      cwd: options.cwd ?? this.dir,
      env: {
        ...cleanEnv(),
        HOME: this.dir,
        LOGSEQ_CLI_DATA_DIR: this.dataDir,
        XDG_CACHE_HOME: CODE_CACHE,
        ...options.env,
      },
      stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(options.uid !== undefined && {gid: options.uid, uid: options.uid}),
    })
    this.track(child.pid)
    options.onSpawn?.(child)
    child.stdin?.end(options.stdin)
    const [stdout, stderr, [code, signal]] = await Promise.all([
      textOf(child.stdout!),
      textOf(child.stderr!),
      new Promise<[null | number, NodeJS.Signals | null]>((resolve) => {
        child.on('exit', (...ended) => resolve(ended))
      }),
    ])
    return {code, ms: performance.now() - began, signal, stderr, stdout}
  }

  /** Runs a command with `--json`, and reads its one document. Fails when stdout holds anything else. */
  async json(args: readonly string[], options: RunOptions = {}): Promise<Envelope & Ran> {
    const ran = await this.run([...args, '--json'], options)
    if (!/^[^\n]+\n$/.test(ran.stdout)) throw new Error(`stdout is not one line: ${JSON.stringify(ran)}`)
    const envelope = JSON.parse(ran.stdout) as Envelope
    this.#trackOwn(envelope.data?.['pid'] as number | undefined)
    return {...ran, ...envelope}
  }

  /** Runs a command that has to succeed, and returns its data. */
  async ok(args: readonly string[], options: RunOptions = {}): Promise<Record<string, any>> {
    const ran = await this.json(args, options)
    if (ran.status !== 'ok' || ran.code !== 0) throw new Error(`failed: ${JSON.stringify(ran)}`)
    return ran.data
  }

  /** Runs a command that has to fail, and returns its error. */
  async fails(
    args: readonly string[],
    options: RunOptions = {},
  ): Promise<Envelope['error'] & {exit: null | number; ms: number}> {
    const ran = await this.json(args, options)
    if (ran.status !== 'error') throw new Error(`succeeded: ${JSON.stringify(ran)}`)
    return {...ran.error, exit: ran.code, ms: ran.ms}
  }

  /**
   * Starts a graph's server, making the graph when it is not there. Without other flags than those of the owner and of the
   * token: in this process, as the command does, and with what it prints. A command costs more than a start.
   */
  async start(repo = 'demo', ...args: string[]): Promise<Record<string, any>> {
    const [flag, source, ...others] = args.filter((word) => word !== '--show-token')
    const isOwner = flag === '--owner-source' && (source === 'cli' || source === 'electron') && others.length === 0
    if (flag !== undefined && !isOwner) return this.ok(['server', 'start', '--create', '--repo', repo, ...args])
    const requester: Requester = {source: isOwner ? source : 'cli'}
    const started = await startServer({create: true, dataDir: this.dataDir, repo, requester})
    this.#trackOwn(started.pid)
    const {'auth-token': _, 'graph-id': __, 'lock-id': ___, ...shown} = started
    const text = JSON.stringify(args.includes('--show-token') ? started : shown) // as it is printed: without what is undefined
    return JSON.parse(text) as Record<string, any>
  }

  /** Starts any other program; it is ended with the sandbox. */
  spawn(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess & {pid: number} {
    const child = spawn(command, args, {cwd: this.dir, stdio: 'ignore', ...options})
    if (child.pid === undefined) throw new Error(`${command} could not be started`)
    this.track(child.pid)
    return child as ChildProcess & {pid: number}
  }

  /** Remembers a process of this sandbox, so that it is ended with it. */
  track(pid: number | undefined): Known | undefined {
    const known = pid === undefined ? undefined : know(pid)
    if (known) this.#known.push(known)
    return known
  }

  graphDir(dirName = 'demo'): string {
    return join(this.dataDir, dirName)
  }

  recordPath(dirName = 'demo'): string {
    return join(this.graphDir(dirName), 'db-worker.lock')
  }

  /** The record of a graph, or undefined when there is none, or Logseq's own server has created but not yet written it. */
  record(dirName = 'demo'): Record<string, any> | undefined {
    const path = this.recordPath(dirName)
    const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
    return text === '' ? undefined : (JSON.parse(text) as Record<string, any>)
  }

  /** Puts a record in place, as another program might. */
  writeRecord(record: Record<string, unknown> | string, dirName = 'demo'): void {
    mkdirSync(this.graphDir(dirName), {recursive: true})
    writeFileSync(this.recordPath(dirName), typeof record === 'string' ? record : JSON.stringify(record), {mode: 0o600})
  }

  /** Deletes a graph's record, as a person or a cleaner might. */
  removeRecord(dirName = 'demo'): void {
    rmSync(this.recordPath(dirName), {force: true, recursive: true})
  }

  /** The servers of this sandbox that live now, whether or not a record names them. */
  servers(): Known[] {
    return mentioning(this.dataDir).filter((known) => !this.#isStarter(known))
  }

  async dispose(): Promise<void> {
    await Promise.all(
      [...this.#known.filter((known) => lives(known)), ...mentioning(this.dir)].map((known) => end(known)),
    )
    rmSync(this.dir, {force: true, recursive: true})
  }

  /** A record may name any pid, of another machine too: only what was started for this sandbox is ended with it. */
  #trackOwn(pid: number | undefined): void {
    if (pid !== undefined && argvOf(pid).some((word) => word.includes(this.dir))) this.track(pid)
  }

  #isStarter({pid}: Known): boolean {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(CLI)
  }
}

/** The environment of a test run without what would change the programs under test. */
export function cleanEnv(): NodeJS.ProcessEnv {
  const {
    NODE_EXTRA_CA_CERTS: _,
    NODE_OPTIONS: __,
    NO_COLOR: ___,
    FORCE_COLOR: ____,
    PAGER: _____,
    XDG_CONFIG_HOME: ______,
    ...env
  } = process.env
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('LOGSEQ_')))
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

export interface HttpAnswer {
  body: string
  headers: Record<string, string | string[] | undefined>
  json: any
  status: number
}

/** One HTTP request to a server, with its own Host header unless another is given. */
export function http(
  port: number,
  path: string,
  options: {body?: unknown; headers?: Record<string, string>; method?: string; token?: string} = {},
): Promise<HttpAnswer> {
  const body =
    options.body === undefined
      ? undefined
      : typeof options.body === 'string' || Buffer.isBuffer(options.body)
        ? options.body
        : JSON.stringify(options.body)
  return new Promise((resolve, reject) => {
    const asking = request(
      {
        agent: false,
        headers: {...(options.token && {authorization: `Bearer ${options.token}`}), ...options.headers},
        host: '127.0.0.1',
        method: options.method ?? (body === undefined ? 'GET' : 'POST'),
        path,
        port,
      },
      (response) => {
        textOf(response).then((text) => {
          resolve({body: text, headers: response.headers, json: parse(text), status: response.statusCode ?? 0})
        }, reject)
      },
    )
    asking.on('error', reject)
    asking.end(body)
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // plain text
  }
}

/** The names in a directory, in order. */
export function namesIn(dir: string): string[] {
  return readdirSync(dir).sort()
}
