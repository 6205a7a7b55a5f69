import {listServers, restartServer, ServerError, serverStatus, startServer, stopServer} from '../../src/lib/index.js'
import {asPrinted, type Envelope, type Sandbox} from './sandbox.js'

/** A command of `logseq server`. */
export type Command = 'list' | 'restart' | 'start' | 'status' | 'stop'

/**
 * Does what a command does, in this process: a command costs more than most of what it does. What a command prints with
 * `--json` is what its operation returns.
 */
export async function operate(sandbox: Sandbox, command: Command, repo = '', timeoutMs?: number): Promise<Envelope> {
  const options = {dataDir: sandbox.dataDir, repo, ...(timeoutMs !== undefined && {timeoutMs})}
  try {
    const data = asPrinted(await run(command, options))
    sandbox.track(data['pid'] as number | undefined)
    return {data, error: undefined as never, status: 'ok'}
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    return {
      data: undefined as never,
      error: {...error.details, code: error.code, message: error.message},
      status: 'error',
    }
  }
}

function run(command: Command, options: {dataDir: string; repo: string; timeoutMs?: number}): Promise<object> {
  switch (command) {
    case 'list':
      return listServers({dataDir: options.dataDir})
    case 'restart':
      return restartServer(options)
    case 'start':
      return startServer(options)
    case 'status':
      return serverStatus(options)
    case 'stop':
      return stopServer(options)
  }
}
