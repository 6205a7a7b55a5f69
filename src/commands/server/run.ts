import * as Flags from '@oclif/core/flags'

import {BaseCommand} from '../../cli/base-command.js'
import {commonFlags, createFlag, forceFlag, logLevelFlag, repoFlag, timeoutFlag, workerFlag} from '../../cli/flags.js'
import {documentText} from '../../cli/output.js'
import {logLineText} from '../../cli/render/log-text.js'
import {TextStream} from '../../cli/render/text-stream.js'
import {stdout} from '../../cli/stdio.js'
import {type RunResult, runServer} from '../../lib/lifecycle/run.js'

/** Exit code by which a supervisor starts the server again. */
const RESTART_EXIT_CODE = 75

const {'worker-script': _, ...idleFlag} = workerFlag

export default class ServerRun extends BaseCommand {
  static override summary = 'Run a graph’s server in the foreground, for systemd or Docker.'
  static override description =
    'Prints the log; with --json, each line is one JSON object. Once ready, it ends cleanly at SIGTERM, at Ctrl-C, and ' +
    'when the terminal closes, with exit code 0. `server restart` ends it with exit code 75, and waits until its ' +
    'supervisor has started it again.'

  static override examples = [
    '<%= config.bin %> <%= command.id %> --repo demo',
    '<%= config.bin %> <%= command.id %> --repo demo --create --replace --json',
  ]

  static override flags = {
    ...repoFlag,
    ...createFlag,
    replace: Flags.boolean({summary: 'Stop your server of the graph first, if one runs without a supervisor.'}),
    ...timeoutFlag,
    ...forceFlag,
    ...idleFlag,
    ...logLevelFlag,
    ...commonFlags,
  }

  #running = false

  async run(): Promise<RunResult> {
    const {flags} = await this.parse(ServerRun)
    const {lifetime: _lifetime, workerScript: _script, ...options} = this.serverOptions(flags)
    this.interruptOn('SIGHUP') // its terminal was closed
    const out = new TextStream(stdout.stream)
    const result = await runServer({
      ...options,
      onLine: async (line) => {
        if (flags.quiet || out.lost) return
        await out.write(`${this.format === 'human' ? logLineText(line) : documentText(line, this.format)}\n`)
        await out.flush()
      },
      onReady: ({warnings}) => {
        this.#running = true
        this.endProgress()
        this.print([], warnings)
      },
      replace: flags.replace,
    })
    if (result['ended-by'] === 'restart') process.exitCode = RESTART_EXIT_CODE
    return result
  }

  protected override logJson(json: unknown): void {
    if (!this.#running) super.logJson(json)
  }
}
