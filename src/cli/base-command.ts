import {resolve} from 'node:path'
import {Command} from '@oclif/core/command'
import type * as Interfaces from '@oclif/core/interfaces'

import {ServerError} from '../lib/errors.js'
import type {ServerOptions, StartOptions} from '../lib/lifecycle/operation.js'
import {present} from '../values/present.js'
import {type ConfigFile, configPath, readConfig} from './config-file.js'
import {signalExitCode} from './exit-code.js'
import {checkLine} from './line/check.js'
import {type Format, outputFormat} from './line/tokens.js'
import {type LineDefinition, readValues} from './line/values.js'
import {documentText, escapeControls, printError, style, successJson} from './output.js'
import {asCalledBy, describeRun, type Run} from './program.js'
import {withHints} from './result-hints.js'
import {type CommonFlags, requesterOf, requireOneDataDir} from './server-options.js'
import {stderr, stdout} from './stdio.js'
import {type Origin, withOrigins} from './value-origins.js'

/** Time without output before progress is printed, in ms. */
const PATIENCE_MS = 1000

/** Base of all commands: JSON envelope, errors with a code and a hint, Ctrl-C, progress and --debug. */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true

  /** True for a command that takes its graph from the line or the environment only, never from the configuration. */
  static explicitRepo = false

  /** Configuration file; undefined for a command, or a client, that it does not apply to. */
  #config: ConfigFile | undefined
  #debugging = false
  readonly #interrupt = (signal: NodeJS.Signals) =>
    this.#interrupted.abort(new ServerError('interrupted', `Interrupted by ${signal}`, {details: {signal}}))

  readonly #interrupted = new AbortController()
  #patience: NodeJS.Timeout | undefined
  #progressing: string | undefined
  #quiet = false
  #run: Run | undefined
  /** Warnings that came before the result, for JSON. */
  readonly #warnings: string[] = []
  /** Origin of a flag's value that was not on the line: an environment variable, or the configuration. */
  readonly #origins = new Map<string, Origin>()

  /** Format of the output. An environment variable must not change it. */
  protected get format(): Format {
    return outputFormat(this.argv)
  }

  /** Returns true if the output is a document for programs, in JSON or EDN. */
  override jsonEnabled(): boolean {
    return this.format !== 'human'
  }

  protected override async init(): Promise<void> {
    await super.init()
    // `on`, not `once`: proper-lockfile ends the process when it is the only listener of a signal.
    this.interruptOn('SIGINT')
    this.interruptOn('SIGTERM')
    this.#readLine()
  }

  /** Returns the values of the line, read by the rules that checked it instead of oclif's parser. */
  protected override async parse<
    F extends Record<string, unknown>,
    B extends Record<string, unknown>,
    A extends Record<string, unknown>,
  >(command: Interfaces.Input<F, B, A>): Promise<Interfaces.ParserOutput<F, B, A>> {
    this.parsed = true
    const {args = {}, flags = {}} = command as Partial<LineDefinition>
    const {dataDir, timeout} = this.#config?.settings ?? {}
    const configured = {'data-dir': dataDir, timeout: timeout === undefined ? undefined : String(timeout)}
    const values = await readValues({args, flags}, present(this.#run), process.env, configured)
    const output: unknown = {...values, metadata: {flags: {}}, nonExistentFlags: [], raw: []}
    return output as Interfaces.ParserOutput<F, B, A>
  }

  /** Converts the flags to options of an operation on all graphs. */
  protected listOptions(flags: CommonFlags): Pick<ServerOptions, 'dataDir' | 'requester'> {
    this.#debugging = flags.debug
    this.#quiet = flags.quiet || this.jsonEnabled()
    return {dataDir: [flags['data-dir']].flat()[0]!, requester: requesterOf(flags)}
  }

  /** Converts the flags to options of an operation on one graph. */
  protected serverOptions(flags: CommonFlags): StartOptions {
    requireOneDataDir(flags)
    return {...this.allOptions(flags), repo: this.#requireRepo(flags)}
  }

  /** The same for an operation on the servers of all graphs. */
  protected allOptions(flags: CommonFlags): Omit<StartOptions, 'repo'> {
    return {
      ...this.listOptions(flags),
      create: flags.create,
      force: flags.force,
      idleTimeoutMs: flags['idle-timeout'],
      lifetime: flags.lifetime,
      logLevel: flags['log-level'],
      report: {debug: this.#debug(), progress: (line) => this.#progress(line), warn: (line) => this.#warn(line)},
      signal: this.#interrupted.signal,
      timeoutMs: flags.timeout,
      workerScript: flags['worker-script'] && resolve(flags['worker-script']), // as a person names it: the server runs in `/`
    }
  }

  /** Returns true if the flag is on the line. */
  protected isGiven(flag: string): boolean {
    return present(this.#run).tokens.some((token) => token.kind === 'flag' && token.flag.name === flag)
  }

  /** Configuration file of this run; undefined if it does not apply. */
  protected get configFile(): ConfigFile | undefined {
    return this.#config
  }

  /** Prints a result for a person. Prints nothing with `--json` or `--quiet`. */
  protected print(lines: readonly string[], warnings: readonly string[] = []): void {
    for (const warning of warnings) {
      const text = escapeControls(asCalledBy(this.config, warning, this.#run))
      this.#stderr(`${style('warning', 'Warning:', stderr)} ${text}`)
    }

    if (!this.#quiet && lines.length > 0)
      this.log(lines.map((line) => asCalledBy(this.config, line, this.#run)).join('\n'))
  }

  /** Prints a result that may be longer than the screen. */
  protected async printLong(lines: readonly string[], warnings: readonly string[] = []): Promise<void> {
    this.print([], warnings)
    if (this.#quiet || lines.length === 0) return
    if (!this.pages) return this.print(lines)
    const {printPaged} = await import('./pager.js') // few runs need it
    await printPaged(lines.map((line) => `${asCalledBy(this.config, line, this.#run)}\n`).join(''))
  }

  /** True if long output may be passed to a pager. */
  protected get pages(): boolean {
    return this.format === 'human' && stdout.isTTY && !this.isGiven('no-pager')
  }

  /** True if nothing is printed for a person. */
  protected get isQuiet(): boolean {
    return this.#quiet
  }

  /** Interrupts the operation of this command at a signal. */
  protected interruptOn(signal: NodeJS.Signals): void {
    process.on(signal, this.#interrupt)
  }

  /** Ends a command that runs until it is interrupted. This is not a failure; the exit code shows the signal. */
  protected endByCaller(): void {
    process.exitCode = signalExitCode(this.#interrupted.signal.reason as ServerError)
  }

  override log(line: string): void {
    // Not by console.log, which would load its formatting first.
    if (!this.jsonEnabled()) stdout.write(`${line}\n`)
  }

  /** Stops progress messages, because the result follows. */
  protected endProgress(): void {
    clearTimeout(this.#patience)
  }

  /** @param mayBeJson false if a part of the document has been written */
  protected fail(error: Error, mayBeJson = true): void {
    const thrown = error instanceof ServerError ? withOrigins(error, this.#origins) : error
    process.exitCode = printError(thrown, this.config, {
      debug: this.#debugging,
      format: mayBeJson ? this.format : 'human',
      run: this.#run,
    })
  }

  protected override async catch(error: Error & {exitCode?: number}): Promise<void> {
    this.fail(error)
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    clearTimeout(this.#patience)
    await super.finally(error)
  }

  protected override logJson(json: unknown): void {
    stdout.write(`${documentText(json, this.format === 'edn' ? 'edn' : 'json')}\n`)
  }

  /** Reads the configuration file. @throws ServerError `config-invalid` */
  protected readConfig(path: string): ConfigFile | undefined {
    return readConfig(path)
  }

  protected override toSuccessJson(result: unknown): unknown {
    return successJson(this.withHints(this.#withWarnings(result)))
  }

  /** Checks the line, reads the configuration, and stores what hints have to repeat. */
  #readLine(): void {
    const command = this.config.findCommand(present(this.id), {must: true})
    this.#debugging = this.argv.includes('--debug')
    this.#run = describeRun(this.config.commands, command, this.argv, process.env)
    const given = checkLine(command, this.argv, process.env)
    const isApp = (given.get('owner-source')?.value ?? process.env['LOGSEQ_CLI_OWNER_SOURCE']) === 'electron'
    const path = command.flags['data-dir'] && !isApp ? configPath(this.config) : undefined
    this.#config = path === undefined ? undefined : this.readConfig(path)
    for (const {env, name} of Object.values(command.flags)) {
      if (given.has(name)) continue
      const variable = env === undefined ? undefined : process.env[env]
      const configured = this.#configured(name)
      if (variable) this.#origins.set(name, {name: present(env), value: variable})
      else if (configured !== undefined) this.#origins.set(name, configured)
    }

    if (this.#run.repo === undefined) this.#run = {...this.#run, repo: this.#configured('repo')?.value}
  }

  /** Returns a value of the configuration, and where it stands. */
  #configured(flag: string): Origin | undefined {
    const {path, settings} = this.#config ?? {settings: {}}
    const isExplicit = (this.constructor as typeof BaseCommand).explicitRepo
    const [key, value] =
      flag === 'repo' && !isExplicit
        ? ['repo', settings.repo]
        : flag === 'data-dir'
          ? ['dataDir', settings.dataDir]
          : []
    return key === undefined || value === undefined ? undefined : {name: `${key} in ${path}`, value}
  }

  /** @throws ServerError `missing-repo` */
  #requireRepo({repo}: CommonFlags): string {
    const found = repo ?? this.#configured('repo')?.value
    if (found !== undefined) return found
    const current = this.#config?.settings.repo
    throw new ServerError(
      'missing-repo',
      'No graph given',
      current === undefined
        ? {}
        : {hint: `Name the graph: \`logseq COMMAND --repo NAME\`. The current graph is not used by this command.`},
    )
  }

  /** Rewrites the commands in the hints of a result so that they can be pasted: each is about the graph that it stands beside. */
  protected withHints<T>(result: T): T {
    return withHints(this.config, result, this.#run) as T
  }

  #withWarnings(result: unknown): unknown {
    if (this.#warnings.length === 0) return result
    const {warnings = []} = result as {warnings?: string[]}
    return {...(result as object), warnings: [...warnings, ...this.#warnings]}
  }

  #debug(): (line: string) => void {
    if (!this.#debugging) return () => {}
    const began = performance.now()
    return (line) =>
      this.#stderr(
        style('debug', `debug +${Math.round(performance.now() - began)} ms: ${escapeControls(line)}`, stderr),
      )
  }

  /**
   * Prints what the command does or waits for, if it goes on after a second. Several short steps together may take long, too: of
   * those the last one is printed.
   */
  #progress(line: string): void {
    if (this.#quiet || line === this.#progressing) return
    this.#progressing = line
    this.#patience ??= setTimeout(() => {
      this.#patience = undefined
      this.#stderr(`${escapeControls(present(this.#progressing))}...`)
    }, PATIENCE_MS).unref()
  }

  #warn(warning: string): void {
    this.#warnings.push(warning)
    this.print([], [warning])
  }

  #stderr(line: string): void {
    if (!this.jsonEnabled() || this.#debugging) stderr.stream.write(`${line}\n`)
  }
}
