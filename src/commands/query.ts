import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'

import {readAskedQuery} from '../cli/asked-query.js'
import {CallCommand} from '../cli/call-command.js'
import {callFlags} from '../cli/graph-flags.js'
import {readInput} from '../cli/input.js'
import {TableWriter} from '../cli/table-writer.js'

export default class Query extends CallCommand {
  static override summary = 'Run a Datalog query on a graph.'
  static override description =
    'Starts the server if none runs. The query is EDN, as in Logseq; - reads it from stdin. The graph is the first input;\n' +
    '--input adds others.'

  static override examples = [
    `<%= config.bin %> <%= command.id %> '[:find ?title :where [?p :block/name] [?p :block/title ?title]]' --repo demo`,
    `<%= config.bin %> <%= command.id %> '[:find ?b :in $ ?text :where [?b :block/title ?text]]' --input '"Contents"' --repo demo --json`,
    `<%= config.bin %> <%= command.id %> - --repo demo < query.edn`,
  ]

  static override args = {
    query: Args.string({description: 'The query, or - for stdin.', ignoreStdin: true, required: true}),
  }

  static override flags = {
    input: Flags.string({
      aliases: ['inputs'],
      char: 'i',
      helpValue: 'VALUE',
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Value for the next variable of :in, as JSON or EDN. May be repeated.',
    }),
    ...callFlags,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Query)
    const read = (text: string) => readAskedQuery(text, flags.input ?? [], new Date())
    // Before the flags are read: a missing query is reported first, not a missing graph.
    const given = args.query === '-' ? undefined : read(args.query)
    const options = this.serverOptions(flags)
    const {found, inputs, query, warnings} = given ?? read(await readInput(options.signal))
    await this.printCall({
      args: [[query, ...inputs]],
      head: {columns: found.columns},
      method: 'q',
      options,
      queryTimeoutMs: flags['query-timeout'],
      warnings,
      writer: (out) => new TableWriter(out, found, process.stdout.isTTY ? process.stdout.columns : undefined),
    })
  }
}
