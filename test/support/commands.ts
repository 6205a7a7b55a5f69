import {AsyncLocalStorage} from 'node:async_hooks'
import {Config} from '@oclif/core/config'

import {type ErrorCode, ERRORS} from '../../src/lib/errors.js'
import {PACKAGE} from './projects.js'
import type {Envelope, Sandbox} from './sandbox.js'

/** A command as oclif has it. */
type CommandClass = new (argv: string[], config: Config) => {_run: () => Promise<unknown>}

/** Returns a module of the build, not of the sources: these have two copies of some modules under tsx. */
const built = (path: string) => import(new URL(`../../dist/${path}.js`, import.meta.url).href) as Promise<unknown>

/** What each run prints: several may run at once. */
const printing = new AsyncLocalStorage<string[]>()

let program: Promise<typeof import('../../src/cli/main.js').runLine> | undefined
let loaded: {config: Promise<Config>; home: string} | undefined
let running = 0
let undo = () => {}

/**
 * Runs commands as `Sandbox` does, with `--json`, in this process: the line is checked, the command runs, its document is read.
 * For commands whose process is not what a test is about: that costs ten times as much. Has no exit status but that of the error.
 */
export function commandsIn(sandbox: Sandbox) {
  const json = (args: readonly string[]) => run(sandbox, [...args, '--json'])

  return {
    /** Runs a command that has to fail, and returns its error. */
    async fails(args: readonly string[]): Promise<Envelope['error'] & {exit: number}> {
      const {error, ...done} = await json(args)
      if (done.status !== 'error') throw new Error(`succeeded: ${JSON.stringify(done)}`)
      return {...error, exit: ERRORS[error.code as ErrorCode].exit}
    },
    json,
    /** Runs a command that has to succeed, and returns its data. */
    async ok(args: readonly string[]): Promise<Record<string, any>> {
      const done = await json(args)
      if (done.status !== 'ok') throw new Error(`failed: ${JSON.stringify(done)}`)
      return done.data
    },
  }
}

async function run(sandbox: Sandbox, argv: readonly string[]): Promise<Envelope> {
  program ??= load()
  const runLine = await program
  const leave = enter(sandbox)
  try {
    const printed: string[] = []
    const config = await configOf(sandbox.dir)
    await printing.run(printed, () => runLine(config, argv))
    return JSON.parse(printed.join('')) as Envelope
  } finally {
    leave()
  }
}

/** Returns what oclif knows of this package for a home directory, which it has read once. */
function configOf(home: string): Promise<Config> {
  if (loaded?.home !== home) loaded = {config: readConfig(), home}
  return loaded.config
}

/** The commands are those that the compiler made: their bundles have copies of the modules. */
async function readConfig(): Promise<Config> {
  const config = await Config.load(PACKAGE)
  config.runCommand = async (id: string, rest: string[]) => {
    const {default: Run} = (await built(`commands/${id.replaceAll(':', '/')}`)) as {default: CommandClass}
    Object.assign(Run, {id})
    return (await new Run(rest, config)._run()) as never
  }

  return config
}

/** Loads the command line, and keeps what it prints. */
async function load() {
  const {stdout} = (await built('cli/stdio')) as typeof import('../../src/cli/stdio.js')
  const write = (text: string) => {
    printing.getStore()?.push(text)
    return true
  }

  Object.defineProperties(stdout, {isTTY: {value: false}, stream: {value: {write}}, write: {value: write}})
  const {runLine} = (await built('cli/main')) as typeof import('../../src/cli/main.js')
  return runLine
}

/** Makes this process what that of a command in the sandbox is. @returns what undoes it, when the last command ends */
function enter(sandbox: Sandbox): () => void {
  const env = {HOME: sandbox.dir, LOGSEQ_CLI_DATA_DIR: sandbox.dataDir, XDG_CONFIG_HOME: undefined}
  if (running === 0) {
    const signals = ['SIGINT', 'SIGTERM'] as const
    const before = {
      cwd: process.cwd(),
      env: Object.keys(env).map((name) => [name, process.env[name]] as const),
      exitCode: process.exitCode,
      listeners: signals.map((signal) => [signal, process.listeners(signal)] as const),
    }
    undo = () => {
      process.chdir(before.cwd)
      setVariables(before.env)
      process.exitCode = before.exitCode
      for (const [signal, kept] of before.listeners)
        for (const listener of process.listeners(signal)) if (!kept.includes(listener)) process.off(signal, listener)
    }

    process.chdir(sandbox.dir)
    setVariables(Object.entries(env))
  } else if (process.env['HOME'] !== sandbox.dir) throw new Error('commands of another sandbox are running')

  running++
  return () => {
    if (--running === 0) undo()
  }
}

function setVariables(variables: (readonly [string, string | undefined])[]): void {
  for (const [name, value] of variables)
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
}
