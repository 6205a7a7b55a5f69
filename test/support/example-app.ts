import {copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {_electron, type ElectronApplication, type Page} from 'playwright-core'

import {know, type Known, until} from './processes.js'
import {PACKAGE} from './projects.js'
import {cleanEnv, type Sandbox} from './sandbox.js'

const EXAMPLE = join(PACKAGE, 'examples', 'electron')

/** One row of the table of the app's page. */
export interface Row {
  graph: string
  leases: string
  lifetime: string
  owner: string
  pid: string
  status: string
  windows: string
}

/** The example app in a real Electron. */
export class ExampleApp {
  readonly app: ElectronApplication
  readonly main: Known
  readonly #sandbox: Sandbox

  private constructor(sandbox: Sandbox, app: ElectronApplication) {
    this.#sandbox = sandbox
    this.app = app
    this.main = sandbox.track(app.process().pid)!
  }

  /** Starts it on the sandbox's graphs, as the one profile that the sandbox has. */
  static async start(sandbox: Sandbox, executablePath = process.env['ELECTRON_PATH']!): Promise<ExampleApp> {
    const {ELECTRON_RUN_AS_NODE: _, ...env} = cleanEnv()
    const app = await _electron.launch({
      args: ['--no-sandbox', '--disable-gpu', exampleIn(sandbox)],
      env: {
        ...(env as Record<string, string>),
        EXAMPLE_PROFILE: join(sandbox.dir, 'profile'),
        HOME: sandbox.dir,
        LOGSEQ_CLI_DATA_DIR: sandbox.dataDir,
      },
      executablePath,
    })
    const started = new ExampleApp(sandbox, app)
    await started.window()
    return started
  }

  /** A window by its number, counted from 0. */
  async window(number = 0): Promise<Page> {
    while (this.app.windows().length <= number) await this.app.waitForEvent('window')
    const page = this.app.windows()[number]!
    await page.waitForSelector('#graphs tr')
    return page
  }

  /** Presses a button. */
  async press(text: string, page?: Page): Promise<void> {
    const window = page ?? (await this.window())
    await window.getByRole('button', {exact: true, name: text}).click()
  }

  /** Opens a graph in a window, and waits until its page is connected and the lease is held. @returns the server */
  async open(graph: 'A' | 'B', page?: Page): Promise<Known> {
    const window = page ?? (await this.window())
    await this.press(`Open graph ${graph}`, window)
    for (const seen of [
      `#graph:text-is("Graph ${graph}")`,
      '#state[data-state="open"]',
      `#graphs tr:has(.graph:text-is("${graph}")):has(.leases:text-matches("[1-9]"))`,
    ])
      await window.waitForSelector(seen)
    const record = JSON.parse(readFileSync(this.#sandbox.recordPath(graph), 'utf8')) as {pid: number}
    return this.#sandbox.track(record.pid)!
  }

  async rows(page?: Page): Promise<Row[]> {
    const window = page ?? (await this.window())
    return window.evaluate<Row[]>(
      `[...document.querySelectorAll('#graphs tr:has(.graph)')].map((row) =>
         Object.fromEntries([...row.children].map((cell) => [cell.className, cell.textContent])))`,
    )
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(this.main.pid, signal)
  }

  /** Waits until its main process is gone. @returns how long that took, in ms */
  async ended(ms = 20_000): Promise<number> {
    const began = performance.now()
    await until(() => know(this.main.pid)?.start !== this.main.start, ms, 'the app to end')
    return performance.now() - began
  }
}

/** The example, with this package beside it as npm would put it there. */
function exampleIn(sandbox: Sandbox): string {
  const dir = join(sandbox.dir, 'example')
  if (existsSync(dir)) return dir
  mkdirSync(join(dir, 'node_modules'), {recursive: true})
  for (const name of readdirSync(EXAMPLE).filter((entry) => /\.(c?js|json)$/.test(entry)))
    copyFileSync(join(EXAMPLE, name), join(dir, name))
  symlinkSync(join(EXAMPLE, 'page'), join(dir, 'page'))
  symlinkSync(PACKAGE, join(dir, 'node_modules', 'logseq-server'))
  return dir
}

/** The Electron of this run once more, with a binary of its own. @returns the path of the binary */
export function copyElectron(sandbox: Sandbox): string {
  const from = dirname(process.env['ELECTRON_PATH']!)
  const to = join(sandbox.dir, 'electron')
  mkdirSync(to)
  for (const name of readdirSync(from)) {
    if (name === 'electron') copyFileSync(join(from, name), join(to, name))
    else symlinkSync(join(from, name), join(to, name))
  }

  return join(to, 'electron')
}

/** Turns the fuse RunAsNode of an Electron off, as hardened apps do. */
export function turnOffRunAsNode(path: string): void {
  const bytes = readFileSync(path)
  const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
  for (let at = bytes.indexOf(sentinel); at !== -1; at = bytes.indexOf(sentinel, at + 1)) {
    const version = at + sentinel.length
    if (bytes[version] === 1 && bytes[version + 1]! >= 7) bytes.write('0', version + 2)
  }

  writeFileSync(path, bytes)
}
