import * as Args from '@oclif/core/args'

import {readArguments} from '../cli/arguments.js'
import {CallCommand} from '../cli/call-command.js'
import {pagerFlag} from '../cli/flags.js'
import {callFlags} from '../cli/graph-flags.js'
import {readInput} from '../cli/input.js'
import {EdnWriter} from '../cli/render/result-writers.js'

export default class Invoke extends CallCommand {
  static override summary = 'Call a method of the server of a graph.'
  static override description =
    'Starts the server if none runs. Arguments are JSON or EDN; a single - reads an array of all arguments from stdin.\n' +
    'The graph is added as the first argument where the method requires it. `transact` is Logseq’s raw write.\n' +
    'It does not add what a page or block requires (times, order, page). It does what Logseq does after every write:\n' +
    'history, repeating tasks, templates, and the removal of what belongs to a deleted entity.'

  static override examples = [
    `<%= config.bin %> <%= command.id %> pull '[*]' '[:block/name "contents"]' --repo demo`,
    `<%= config.bin %> <%= command.id %> transact '[{"block/uuid": "~u00000000-0000-4000-8000-000000000001", "block/name": "new", "block/title": "New", "block/tags": ":logseq.class/Page", "block/created-at": 1764000000000, "block/updated-at": 1764000000000}]' --repo demo`,
    `echo '["[*]", ":logseq.class/Task"]' | <%= config.bin %> <%= command.id %> pull - --repo demo --json`,
  ]

  static override strict = false
  static override args = {
    method: Args.string({
      description: 'Name of the method; the prefix `thread-api/` is optional.',
      ignoreStdin: true,
      required: true,
    }),
    arg: Args.string({description: 'Argument as JSON or EDN. May be repeated.', ignoreStdin: true}),
  }

  static override flags = {...callFlags, ...pagerFlag}

  async run(): Promise<void> {
    const {argv, flags} = await this.parse(Invoke)
    const [method, ...given] = argv as [string, ...string[]]
    const options = this.serverOptions(flags)
    const args = await readArguments(given, async () => readInput(options.signal))
    await this.printCall({
      args,
      head: {method},
      method,
      options,
      queryTimeoutMs: flags['query-timeout'],
      writer: (out) => new EdnWriter(out),
    })
  }
}
