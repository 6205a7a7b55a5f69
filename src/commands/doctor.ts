import * as Flags from '@oclif/core/flags'

import {BaseCommand} from '../cli/base-command.js'
import type {ConfigFile} from '../cli/config-file.js'
import {commonFlags} from '../cli/flags.js'
import {doctorText} from '../cli/render/doctor-text.js'
import {diagnose, type DoctorResult} from '../lib/doctor/doctor.js'
import {ServerError} from '../lib/errors.js'

export default class Doctor extends BaseCommand {
  static override summary = 'Check this machine, the graphs and their servers for problems.'
  static override description =
    'Prints the meaning of each problem, and what to do. Exits with 1 if there are errors or warnings; notes do ' +
    'not count. Changes nothing without --fix. With --fix, removes files that dead processes have left behind; ' +
    'sends no signals and changes no database.'

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --fix',
    '<%= config.bin %> <%= command.id %> --json',
  ]

  static override flags = {
    fix: Flags.boolean({summary: 'Remove lock files of dead servers, and files that killed processes have left.'}),
    ...commonFlags,
  }

  #configProblem: ServerError | undefined

  async run(): Promise<DoctorResult> {
    const {flags} = await this.parse(Doctor)
    const result = await diagnose({
      ...this.allOptions(flags),
      bin: this.config.bin,
      fix: flags.fix,
      ...(this.#configProblem && {configProblem: this.#configProblem}),
    })
    this.print(doctorText(result))
    if (!result.healthy) process.exitCode = 1
    return result
  }

  /** Goes on without a configuration that is broken, and reports it. */
  protected override readConfig(path: string): ConfigFile | undefined {
    try {
      return super.readConfig(path)
    } catch (error) {
      if (!(error instanceof ServerError)) throw error
      this.#configProblem = error
      return undefined
    }
  }
}
