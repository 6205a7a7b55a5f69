// One window: its graph, its events, and the table.
import {createClient} from '/client/index.js'

const {act, onServer, onTable} = globalThis.example
const at = (id) => document.querySelector(`#${id}`)

/** Cannot be done by a test: they need a person, or the system's own session. */
const CHECKLIST = [
  'Close the lid for a minute with a graph open: afterwards the window works on, with the same pid.',
  'Log out, or shut the machine down, with a graph open: after the next log-in no server is left.',
  'macOS: Cmd-Q; close the last window without quitting; Force Quit.',
  'Start a graph with “logseq server start” first, open it here, and quit: the server runs on.',
  'Replace the app by a new version while it runs, then open another graph: the error says what to do.',
  'Crash the app and start it within ten seconds: the server has the same pid, and one lease.',
  'AppImage: quit with a server of the command line running; nothing is mounted afterwards.',
]

let client
let current

for (const button of document.querySelectorAll('button')) {
  const {act: name, arg} = button.dataset
  button.addEventListener('click', () => (name === 'open' ? open(arg) : name === 'release' ? release() : run(name)))
}

for (const text of CHECKLIST) {
  const item = document.createElement('li')
  const label = document.createElement('label')
  const box = Object.assign(document.createElement('input'), {type: 'checkbox'})
  label.append(box, ` ${text}`)
  item.append(label)
  at('checklist').append(item)
}

async function run(name, ...args) {
  const {error, value} = await act(name, ...args)
  if (error) log(`${error.message} (${error.code}). ${error.hint ?? ''}`, 'bad')
  return value
}

async function open(graph) {
  log(`Opening graph ${graph}`)
  const opened = await run('open', graph)
  if (opened) use(opened)
}

async function release() {
  if (!current) return
  const {repo} = current
  close('No graph', 'This window has released its graph.')
  await run('release', repo)
}

function use({meaning, runtime}) {
  current = runtime
  at('graph').textContent = `Graph ${runtime.repo.replace('logseq_db_', '')}`
  at('meaning').textContent = meaning
  if (client) client.use(runtime)
  else client = createClient({onRead: read, onState: showState, runtime})
  sessionStorage.setItem('graph', runtime.repo)
}

function close(title, text) {
  client?.close()
  client = undefined
  current = undefined
  sessionStorage.removeItem('graph')
  at('graph').textContent = title
  at('meaning').textContent = text
  showState('none')
}

/** Reads what the page shows: here, which build the server is of. */
async function read(reason) {
  try {
    const {':revision': revision} = await client.invoke('thread-api/get-version')
    log(`${reason === 'gap' ? 'Read again' : 'Read'} from pid ${current.pid}, build ${revision}`, 'good')
  } catch (error) {
    log(`Could not read: ${error.message}`, 'bad')
  }
}

function showState(state) {
  const words = {
    closed: 'not connected',
    connecting: 'connecting',
    none: 'not connected',
    open: 'connected',
    waiting: 'server away',
  }
  Object.assign(at('state'), {textContent: words[state]}).dataset.state = state
}

onServer((event) => {
  const say = {
    failed: () => log(`Given up: ${event.error.message}. Open the graph again to try once more.`, 'bad'),
    lost: () => log(`The server is gone: ${event.reason}`, 'bad'),
    ready() {
      log(`The server is ready: pid ${event.runtime.pid}, ${event.runtime.owned ? 'ours' : 'shared'}`, 'good')
      if (current?.repo === event.repo) use(event)
    },
    released: () => log(`Released (${event.how})`),
    retry: () => log(`Looking for it again, try ${event.attempt}`),
  }
  say[event.type]()
})

onTable(({app, graphs, window}) => {
  at('app').textContent = `app pid ${app.pid} · window ${window} · owner id ${app.ownerId} · ${app.dataDir}`
  at('graphs').replaceChildren(...(graphs.length > 0 ? graphs.map((graph) => row(graph)) : [emptyRow()]))
})

function row(graph) {
  const tr = document.createElement('tr')
  const owner = graph.ownerSource === undefined ? '–' : `${graph.ownerSource}${graph.owned ? ' (ours)' : ' (not ours)'}`
  for (const [name, value] of Object.entries({
    graph: graph.repo.replace('logseq_db_', ''),
    status: graph.status,
    windows: graph.windows.join(', '),
    pid: graph.pid ?? '–',
    owner,
    lifetime: graph.lifetime ?? '–',
    leases: graph.leases ?? '–',
    log: graph.logTail.join('\n'),
  }))
    tr.append(Object.assign(document.createElement('td'), {className: name, textContent: value}))
  tr.dataset.status = graph.status
  return tr
}

function emptyRow() {
  const tr = document.createElement('tr')
  tr.append(
    Object.assign(document.createElement('td'), {
      className: 'empty',
      colSpan: 8,
      textContent: 'This app uses no server.',
    }),
  )
  return tr
}

function log(text, kind = '') {
  const item = Object.assign(document.createElement('li'), {className: kind, textContent: text})
  const time = Object.assign(document.createElement('time'), {textContent: new Date().toTimeString().slice(0, 8)})
  item.prepend(time)
  at('events').prepend(item)
  while (at('events').children.length > 60) at('events').lastChild.remove()
}

// A page that was loaded anew takes up its graph again; the main process has held the lease all the while.
const before = sessionStorage.getItem('graph')
if (before) await open(before)
