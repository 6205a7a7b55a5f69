import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'

import {readAskedQuery} from '../cli/asked-query.js'
import {CallCommand} from '../cli/call-command.js'
import {pagerFlag} from '../cli/flags.js'
import {callFlags} from '../cli/graph-flags.js'
import {readInput} from '../cli/input.js'
import {TableWriter} from '../cli/render/table-writer.js'
import {stdout} from '../cli/stdio.js'
import {keyword} from '../values/scalars.js'
import {ValueMap} from '../values/types.js'

/** Columns of a table of blocks from a query in the short notation. Programs receive all attributes. */
const SHOWN = new ValueMap([
  [keyword('block-attrs'), ['db/id', 'block/uuid', 'block/title'].map((name) => keyword(name))],
])

function methodOfShort(query: ValueMap | string): string {
  return typeof query === 'string' ? 'query-dsl-query' : 'query-dsl-custom-query'
}

export default class Query extends CallCommand {
  static override summary = 'Run a Datalog query on a graph.'
  static override description =
    'Starts the server if none runs. The query is EDN, as in Logseq; - reads it from stdin. The graph is the first input;\n' +
    '--input adds others. A query in Logseq’s short notation, such as (task todo), finds blocks.'

  static override examples = [
    `<%= config.bin %> <%= command.id %> '[:find ?title :where [?p :block/name] [?p :block/title ?title]]' --repo demo`,
    `<%= config.bin %> <%= command.id %> '[:find ?b :in $ ?text :where [?b :block/title ?text]]' --input '"Contents"' --repo demo --json`,
    `<%= config.bin %> <%= command.id %> '(and [[Home]] (task todo doing))' --repo demo`,
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
    ...pagerFlag,
  }

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Query)
    const read = (text: string) => readAskedQuery(text, flags.input ?? [], new Date())
    // Before the flags are read: a missing query is reported first, not a missing graph.
    const given = args.query === '-' ? undefined : read(args.query)
    const options = this.serverOptions(flags)
    const {found, inputs, query, short, warnings} = given ?? read(await readInput(options.signal))
    const call = short
      ? {args: [query, this.jsonEnabled() ? new ValueMap() : SHOWN], isNilEmpty: true, method: methodOfShort(query)}
      : {args: [[query, ...inputs]], method: 'q'}
    await this.printCall({
      ...call,
      head: {columns: found.columns},
      options,
      queryTimeoutMs: flags['query-timeout'],
      warnings,
      writer: (out) => new TableWriter(out, found, stdout.isTTY ? stdout.stream.columns : undefined),
    })
  }
}
