// The main process of the example: one manager, and what the buttons of the page do.
import {createHash} from 'node:crypto'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {app, BrowserWindow, dialog, ipcMain, protocol} from 'electron'
import {attachToApp, createDbWorkerManager, describeOwnership} from 'logseq-server/electron'

import {servePages} from './pages.js'
import {tableOf} from './table.js'

const HERE = dirname(fileURLToPath(import.meta.url))
const PACKAGE = dirname(fileURLToPath(import.meta.resolve('logseq-server/package.json')))
const FREEZE_MS = 10_000

// Servers answer pages of this origin, and of no other.
const ORIGIN = 'lsp://logseq.com'
protocol.registerSchemesAsPrivileged([
  {privileges: {corsEnabled: true, secure: true, standard: true, supportFetchAPI: true}, scheme: 'lsp'},
])

// A profile of its own for each run of a test; the id of the owner belongs to the profile.
if (process.env.EXAMPLE_PROFILE) app.setPath('userData', process.env.EXAMPLE_PROFILE)
const profile = app.getPath('userData')
const ownerId = `example-${createHash('sha256').update(profile).digest('hex').slice(0, 12)}`
const dataDir = process.env.LOGSEQ_CLI_DATA_DIR ?? join(profile, 'graphs')

// A second instance of the same profile has nothing to manage: it shows the first one, and ends.
if (app.requestSingleInstanceLock()) start()
else app.quit()

function start() {
  const manager = createDbWorkerManager({cli: join(PACKAGE, 'bin', 'run.js'), dataDir, onEvent: forward, ownerId})
  attachToApp(app, manager)

  const open = async (window, graph) => {
    const runtime = await manager.ensureRuntime(graph, window.id, {create: true})
    return {meaning: describeOwnership(runtime), runtime}
  }

  const actions = {
    'crash-main': () => process.crash(),
    'crash-renderer': (window) => window.webContents.forcefullyCrashRenderer(),
    'error-dialog': () =>
      dialog.showErrorBox('An error', 'The main process waits until you close this. Its lease is held all the while.'),
    freeze: () => freeze(FREEZE_MS),
    'new-window': () => newWindow(),
    open,
    quit: () => app.quit(),
    release: (window, graph) => manager.releaseRuntime(graph, window.id),
    reload: (window) => window.webContents.reload(),
    'stop-all': () => manager.stopAll(),
  }

  ipcMain.handle('do', async (event, name, ...args) => {
    try {
      return {value: await actions[name](BrowserWindow.fromWebContents(event.sender), ...args)}
    } catch (error) {
      return {error: plain(error)} // what Electron throws across has lost its code
    }
  })

  app.on('second-instance', () => BrowserWindow.getAllWindows()[0]?.show())
  app.whenReady().then(() => {
    servePages(protocol, join(HERE, 'page'), join(PACKAGE, 'dist', 'browser'))
    newWindow()
    setInterval(async () => toAll('table', await tableOf(manager, ownerId, dataDir)), 500)
  })

  function newWindow() {
    const window = new BrowserWindow({
      height: 860,
      title: 'Logseq server example',
      webPreferences: {preload: join(HERE, 'preload.cjs')},
      width: 1120,
    })
    const {id} = window
    window.on('closed', () => manager.releaseWindow(id))
    window.loadURL(`${ORIGIN}/index.html`)
  }
}

/** Forwards an event to the windows that it concerns; their page continues at the new address. */
function forward(event) {
  const meaning = event.runtime && describeOwnership(event.runtime)
  console.log(`${event.type} ${event.repo} ${event.reason ?? event.how ?? ''}`)
  for (const id of event.windows) {
    const window = BrowserWindow.fromId(id)
    window?.webContents.send('server', {...event, error: event.error && plain(event.error), meaning})
  }
}

function toAll(channel, value) {
  for (const window of BrowserWindow.getAllWindows()) window.webContents.send(channel, {...value, window: window.id})
}

function plain({code, hint, message}) {
  return {code, hint, message}
}

function freeze(ms) {
  for (const until = performance.now() + ms; performance.now() < until;);
}
