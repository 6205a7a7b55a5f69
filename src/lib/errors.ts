/** One code: exit status of the CLI, HTTP status of the server (default 500), and default hint. */
interface ErrorKind {
  exit: number
  hint: string
  http?: number
}

/**
 * Every error code, with the exit status of the CLI, the HTTP status of the server, and the default hint. In hints,
 * `logseq COMMAND` stands for the command that failed. `docs/errors.md` explains each code; a test compares both.
 */
export const ERRORS = {
  // 1: unexpected
  exception: {exit: 1, hint: 'This is a bug in logseq-server. Run again with --debug and report what it prints.'},
  // 2: the command line or the request was wrong
  usage: {exit: 2, hint: 'Run `logseq COMMAND --help` to see its flags and examples.'},
  'unknown-command': {exit: 2, hint: 'Run `logseq help` to see the topics and commands.'},
  'missing-repo': {
    exit: 2,
    http: 400,
    hint: 'Name the graph: `logseq COMMAND --repo NAME`. `logseq graph list` shows the graphs.',
  },
  'config-invalid': {exit: 2, hint: 'Correct the file, or move it away; the command line works without it.'},
  'invalid-graph-name': {exit: 2, hint: 'Choose another name for the graph.'},
  'graph-not-exists': {exit: 2, hint: 'Run `logseq graph list` to see the graphs.'},
  'not-a-db-graph': {
    exit: 2,
    hint: 'Import it into a new DB graph in Logseq, or choose another name. The directory was not changed.',
  },
  // 3: no server runs
  'server-not-found': {exit: 3, hint: 'Start one with `logseq server start`.'},
  // 4: owned by another client
  'server-owned-by-other': {
    exit: 4,
    http: 403,
    hint: 'Stop it with the client that started it. You can still read and write through it.',
  },
  // 5: in use, or out of reach
  'repo-locked': {exit: 5, http: 409, hint: 'Close the program that has the graph open, then try again.'},
  'server-on-other-host': {
    exit: 5,
    hint: 'Stop the server on that machine. If it is certainly gone, run `logseq COMMAND --force`.',
  },
  'server-unresponsive': {
    exit: 5,
    hint: 'It may be busy: try `logseq COMMAND --timeout 2m`, or stop it with `logseq server stop`.',
  },
  'lock-version-unsupported': {
    exit: 5,
    hint: 'A newer logseq-server started it. Use that version, or update this one.',
  },
  'data-dir-permission': {exit: 5, hint: 'Check who owns the directory and whether you may write to it.'},
  'working-directory-missing': {
    exit: 5,
    hint: 'The current directory was deleted. Change to another one, e.g. `cd ~`, or use absolute paths.',
  },
  'home-not-found': {exit: 5, hint: 'Set HOME to your home directory, or pass absolute paths with --data-dir.'},
  'too-many-open-files': {
    exit: 5,
    http: 503,
    hint: 'Close programs, or allow more open files in this shell with `ulimit -n 4096`.',
  },
  // 6: the server failed to start
  'sqlite-not-available': {
    exit: 6,
    hint: 'Use Node.js 22.13 or later, which has SQLite, or reinstall on this machine with optional dependencies.',
  },
  'server-start-failed': {exit: 6, hint: 'See the log for details.'},
  'server-ended': {exit: 6, hint: 'Look for the reason in its log: `logseq server logs`.'},
  // 7: timeout
  'server-start-timeout-orphan': {exit: 7, hint: 'Allow more time: `logseq COMMAND --timeout 2m`.'},
  'server-stop-timeout': {exit: 7, hint: 'Allow more time: `logseq COMMAND --timeout 2m`.'},
  'lifecycle-busy': {
    exit: 7,
    hint: 'Another start or stop of this graph is running. Allow more time: `logseq COMMAND --timeout 2m`.',
  },
  // reported before any module is loaded, by src/lib/check-node.ts
  'node-version-unsupported': {exit: 1, hint: 'Install Node.js 20.19 or later from https://nodejs.org.'},
  // 130: Ctrl-C (SIGINT); 143 after SIGTERM, 129 after SIGHUP
  interrupted: {exit: 130, http: 499, hint: 'Run it again: `logseq COMMAND`.'},
  // reported by the manager of an app, src/electron
  'app-cannot-run-node': {
    exit: 1,
    hint: 'Pass the path of a Node.js program as nodePath, or build the app with the RunAsNode fuse on.',
  },
  'cli-failed': {exit: 1, hint: 'Check the paths in the options cli and nodePath of the manager.'},
  'manager-stopping': {exit: 1, hint: 'Try again when it has stopped, unless the app is about to quit.'},
  'window-released': {exit: 1, hint: 'No action needed: the window was closed before the graph was ready.'},
  // reported by the server, over HTTP or as the reason of server-start-failed
  'graph-in-use': {exit: 5, hint: 'Close the program that has db.sqlite open, then try again.'},
  'graph-invalid': {exit: 6, hint: 'Run `logseq graph restore` to restore a backup. The file was not changed.'},
  'disk-full': {exit: 6, http: 507, hint: 'Free space on that disk, then try again.'},
  'disk-failed': {
    exit: 6,
    hint: 'Look at that disk, and copy the graph’s directory to another one; then restart the server.',
  },
  'bad-request': {exit: 1, http: 400, hint: 'Send a request in the documented form.'},
  unauthorized: {exit: 1, http: 401, hint: 'Send the auth-token of the lock file as a Bearer token.'},
  'forbidden-host': {exit: 1, http: 403, hint: 'Use http://127.0.0.1:PORT as the base URL.'},
  'not-found': {exit: 1, http: 404, hint: 'Check the path of the request.'},
  'method-not-allowed': {exit: 1, http: 405, hint: 'Check the HTTP method of the request.'},
  'body-too-large': {
    exit: 1,
    http: 413,
    hint: 'Send the data in smaller parts. Create a graph of a large export with `logseq graph import FILE`.',
  },
  'unknown-method': {exit: 1, http: 404, hint: 'Check the spelling; `logseq invoke --help` lists the methods.'},
  'sync-not-served': {
    exit: 2,
    http: 501,
    hint: 'Synchronise the graph in Logseq itself. This server reads and writes it where it is.',
  },
  'repo-mismatch': {
    exit: 1,
    http: 409,
    hint: 'Each graph has its own server. Call the one that serves this graph.',
  },
  'server-busy': {exit: 5, http: 503, hint: 'Try again in a moment, with fewer or smaller concurrent requests.'},
  'server-stopping': {exit: 1, http: 503, hint: 'Start the server again, then repeat the request.'},
  // reported by the server about a request to the graph
  'invalid-arguments': {exit: 2, http: 400, hint: 'Run `logseq invoke --help` to see the methods and their arguments.'},
  'invalid-query': {
    exit: 2,
    http: 400,
    hint: 'Correct the query as the message says; `logseq query --help` has examples.',
  },
  'invalid-entity-id': {exit: 2, http: 400, hint: 'Name an entity by its number, its :db/ident, or [attribute value].'},
  'invalid-transaction': {exit: 2, http: 400, hint: 'Nothing was written. Correct the data and send it again.'},
  'validation-error': {
    exit: 2,
    http: 400,
    hint: 'Nothing was written. Correct what the message says and send it again.',
  },
  'query-timeout': {
    exit: 7,
    http: 408,
    hint: 'Narrow the query, or allow more time: `logseq COMMAND --query-timeout 2m`.',
  },
  'query-too-large': {exit: 2, http: 413, hint: 'Narrow the query so that it processes fewer rows.'},
  'graph-read-only': {
    exit: 5,
    http: 403,
    hint: 'Restore a damaged graph with `logseq graph restore`; edit any other one in Logseq.',
  },
  'graph-exists': {exit: 2, hint: 'Choose another name, or open the existing graph with `logseq server start`.'},
  'graph-is-link': {exit: 2, hint: 'Name the graph to which the link leads.'},
  'file-exists': {exit: 2, hint: 'Name another file, or replace it: `logseq COMMAND --force`.'},
  'backup-not-found': {exit: 2, hint: 'Run `logseq graph backup --list` to see the backups.'},
  'graph-not-valid': {
    exit: 6,
    hint: 'Nothing was changed. Repair the entities in Logseq, or with `logseq invoke transact`.',
  },
  'graph-damaged': {
    exit: 6,
    hint: 'Run `logseq graph check` to see what is wrong; `logseq graph restore` restores a backup.',
  },
} as const satisfies Record<string, ErrorKind>

/** Code of an error, listed in docs/errors.md. */
export type ErrorCode = keyof typeof ERRORS

/** Optional parts of an error. `details` is copied to the JSON output, with keys in kebab-case. */
export interface ErrorOptions {
  cause?: unknown
  details?: Record<string, unknown>
  hint?: string
}

/** Error with a code for scripts, a message and a hint for a person, and the exit status of the CLI. */
export class ServerError extends Error {
  readonly code: ErrorCode
  readonly details: Record<string, unknown>
  readonly exit: number
  readonly hint: string
  readonly httpStatus: number

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, {cause: options.cause})
    this.name = 'ServerError'
    this.code = code
    this.details = options.details ?? {}
    const kind: ErrorKind = ERRORS[code]
    this.exit = kind.exit
    this.hint = options.hint ?? kind.hint
    this.httpStatus = kind.http ?? 500
  }
}

/** Adds to the message of an error what had been done before it, or goes on after it. Other errors stay as they are. */
export function withSequel(error: unknown, sequel: string): unknown {
  if (!(error instanceof ServerError)) return error
  const {cause, code, details, hint, message} = error
  return new ServerError(code, `${message}; ${sequel}`, {cause, details, hint})
}

/** Errors of disks for which Node.js has only the number: that of Linux, and of macOS. */
const UNNAMED = new Map([
  [69, 'EDQUOT'],
  [70, 'ESTALE'],
  [116, 'ESTALE'],
  [122, 'EDQUOT'],
])

/**
 * Returns the `code` of a Node.js system error (`ENOENT`, `EACCES`, ...), or undefined for anything else. One that Node.js does not name
 * gets its name, or is `Unknown system error -123`.
 */
export function systemCode(error: unknown): string | undefined {
  const {code, errno} = (error ?? {}) as {code?: unknown; errno?: unknown}
  if (typeof code !== 'string') return undefined
  if (typeof errno !== 'number' || !/^unknown\b/i.test(code)) return code
  return UNNAMED.get(-errno) ?? `Unknown system error ${errno}`
}

/**
 * A failure of the machine that has a code of its own: no descriptor left, no working directory, a disk that fails.
 * @returns undefined for anything else
 */
export function machineError(thrown: unknown): ServerError | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof ServerError && error.code !== 'data-dir-permission') return undefined
    const code = systemCode(error)
    if (code === 'EMFILE' || code === 'ENFILE')
      return new ServerError('too-many-open-files', 'Cannot open more files', {
        cause: thrown,
        details: {errno: code},
      })
    if (code === 'EIO' || code === 'EREMOTEIO' || code === 'ESTALE')
      return new ServerError('disk-failed', `The disk failed: ${error.message}`, {
        cause: thrown,
        details: {errno: code},
      })
    if (code === 'ENOENT' && /\buv_cwd\b/.test(error.message))
      return new ServerError('working-directory-missing', 'The working directory no longer exists', {
        cause: thrown,
      })
  }

  return undefined
}

/** Returns the message of a thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
