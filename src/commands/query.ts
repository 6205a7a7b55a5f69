import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'

import {readQuery, readValue} from '../cli/arguments.js'
import {BaseCommand, scriptPath} from '../cli/base-command.js'
import {findColumns} from '../cli/find-columns.js'
import {callFlags} from '../cli/graph-flags.js'
import {readInput} from '../cli/input.js'
import {tableText} from '../cli/value-text.js'
import {callMethod} from '../lib/client/call.js'
import {toJson} from '../values/json.js'

/** What `query --json` tells. */
interface QueryResult {
  graph: string
  repo: string
  /** What the query finds, one text for each column. */
  columns: string[]
  /** In plain JSON. */
  result: unknown
}

export default class Query extends BaseCommand {
  static override summary = 'Ask a graph a Datalog query.'
  static override description =
    'Starts the server when none runs. The query is EDN, as in Logseq; - reads it from stdin. The graph is its first\n' +
    'input; --input adds others.'

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
      summary: 'A value for the next variable of :in, as JSON or EDN. May be repeated.',
    }),
    ...callFlags,
  }

  async run(): Promise<QueryResult> {
    const {args, flags} = await this.parse(Query)
    const options = {...this.serverOptions(flags), workerScript: scriptPath(flags)}
    const query = readQuery(args.query === '-' ? await readInput() : args.query)
    const inputs = (flags.input ?? []).map((text, i) => readValue(text, `Input ${i + 1}`))
    const {graph, repo, value} = await callMethod(options, 'q', [[query, ...inputs]], flags['query-timeout'])
    const columns = findColumns(query)
    this.say(tableText(columns, value, process.stdout.isTTY))
    return {graph, repo, columns, result: toJson(value)}
  }
}
