import {exit} from '../../src/cli/exit.js'
import type {CommandSpec} from '../../src/cli/line/spec.js'
import {outputFormat} from '../../src/cli/line/tokens.js'
import {printError} from '../../src/cli/output.js'

/** As much of oclif's `Config` as the commands use. */
export interface Config {
  arch: string
  bin: string
  commands: readonly CommandSpec[]
  dirname: string
  findCommand(id: string): CommandSpec | undefined
  name: string
  platform: string
  topicSeparator: string
  userAgent: string
  version: string
}

/** A command's class. */
export type Runnable = new (argv: readonly string[], config: Config) => Command

/** As much of `@oclif/core/command` as the commands use: a command here is the same class on another base. */
export abstract class Command {
  static id: string
  readonly id: string
  protected parsed = false

  constructor(
    readonly argv: readonly string[],
    readonly config: Config,
  ) {
    this.id = (this.constructor as typeof Command).id
  }

  /** Runs the command, and ends the process. */
  static async run(this: Runnable, argv: readonly string[], config: Config): Promise<never> {
    const command = new this(argv, config)
    try {
      await command.#run()
    } catch (error) {
      process.exitCode = printError(error, config, {debug: argv.includes('--debug'), format: outputFormat(argv)})
    }

    return exit()
  }

  abstract jsonEnabled(): boolean

  protected abstract run(): Promise<unknown>
  protected abstract catch(error: unknown): Promise<void>
  abstract log(line: string): void
  protected abstract logJson(json: unknown): void
  protected abstract toSuccessJson(result: unknown): unknown

  protected async init(): Promise<void> {}

  protected async finally(_: Error | undefined): Promise<void> {}

  async #run(): Promise<void> {
    let failed: Error | undefined
    let result: unknown
    try {
      await this.init()
      result = await this.run()
    } catch (error) {
      failed = error as Error
      await this.catch(error)
    } finally {
      await this.finally(failed)
    }

    if (result && this.jsonEnabled()) this.logJson(this.toSuccessJson(result))
  }
}
