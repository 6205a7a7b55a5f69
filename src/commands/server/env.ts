import {BaseCommand} from '../../cli/base-command.js'
import {commonFlags, repoFlag} from '../../cli/flags.js'
import {environmentText} from '../../cli/render/environment-text.js'
import {type EnvironmentResult, serverEnvironment} from '../../lib/lifecycle/environment.js'

export default class ServerEnv extends BaseCommand {
  static override summary = 'Print shell variables with the address and token of a server.'
  static override description =
    'Prints LOGSEQ_SERVER_URL, LOGSEQ_SERVER_TOKEN, LOGSEQ_SERVER_PID and LOGSEQ_SERVER_REPO. The output contains ' +
    'the token: keep it out of logs. Does not start a server.'

  static override examples = [
    'eval "$(<%= config.bin %> <%= command.id %> --repo demo)"',
    '<%= config.bin %> <%= command.id %> --repo demo --json',
  ]

  static override flags = {...repoFlag, ...commonFlags}

  async run(): Promise<EnvironmentResult> {
    const {flags} = await this.parse(ServerEnv)
    const result = await serverEnvironment(this.serverOptions(flags))
    this.print(environmentText(result))
    return result
  }
}
