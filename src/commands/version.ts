import {BaseCommand} from '../cli/base-command.js'
import {outputFlag} from '../cli/flags.js'

/** Result of `version --json`. */
interface VersionResult {
  name: string
  version: string
  node: string
  platform: string
  arch: string
}

export default class Version extends BaseCommand {
  static override summary = 'Print the version of this program.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> --version']

  static override flags = {...outputFlag}

  async run(): Promise<VersionResult> {
    await this.parse(Version)
    const {arch, platform, version} = this.config
    this.print([this.config.userAgent])
    return {name: this.config.name, version, node: process.versions.node, platform, arch}
  }
}
