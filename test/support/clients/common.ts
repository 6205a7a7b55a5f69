import type {ChildProcess} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {request} from 'node:http'
import {setTimeout as delay} from 'node:timers/promises'

import {cleanEnv, type Sandbox} from '../sandbox.js'

/** Who a client acts for, and which script it starts. */
export interface ClientOptions {
  sandbox: Sandbox
  env?: Record<string, string>
  owner: 'cli' | 'electron'
  script: string
}

/** A code, as the clients of Logseq fail. */
export class ClientError extends Error {
  readonly code: string

  /** @param context what helps to find the cause of a failure that no test expects */
  constructor(code: string, context = '') {
    super(context === '' ? code : `${code}\n${context}`)
    this.code = code
  }
}

interface Asking {
  body?: Buffer | string
  method?: string
  ms?: number
}

/** What a client asks, and gets. Without a token and without a requester: Logseq's clients send none. */
export function ask(
  port: number,
  path: string,
  {body, method = body === undefined ? 'GET' : 'POST', ms = 1000}: Asking = {},
): Promise<{json: any; status: number; text: string}> {
  return new Promise((resolve, reject) => {
    const asking = request(
      {
        agent: false,
        headers: {accept: 'application/json', ...(method === 'POST' && {'content-type': 'application/json'})},
        host: '127.0.0.1',
        method,
        path,
        port,
        signal: AbortSignal.timeout(ms),
      },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('end', () => {
          const text = Buffer.concat(parts).toString()
          resolve({json: parse(text), status: response.statusCode ?? 0, text})
        })
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

/** Reads a JSON file as these clients do: none, or not JSON, is nothing. */
export function readJson(path: string): Record<string, any> | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, any>
  } catch {
    return undefined // gone, or half written
  }
}

/** Looks for something again and again, at a fixed distance, as these clients do. */
export async function waitFor<T>(
  look: () => Promise<T | undefined> | T | undefined,
  ms: number,
  every: number,
): Promise<T | undefined> {
  for (const deadline = Date.now() + ms; ; await delay(every)) {
    const seen = await look()
    if (seen !== undefined || Date.now() > deadline) return seen
  }
}

/** Is there a process of this pid, as `kill(pid, 0)` says? */
export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as {code?: string}).code === 'EPERM'
  }
}

/** Starts a server script as these clients do. */
export function launch({sandbox, env, script}: ClientOptions, args: readonly string[]): ChildProcess & {pid: number} {
  return sandbox.spawn(process.execPath, [script, ...args], {
    env: {...cleanEnv(), ELECTRON_RUN_AS_NODE: '1', HOME: sandbox.dir, ...env},
  })
}
