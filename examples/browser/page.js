import {ClientError, createClient} from './client/index.js'

const byId = (id) => document.querySelector(`#${id}`)

/** The program that serves this page knows where the server of the graph is. */
const address = async () => (await fetch('address')).json()

const {repo} = await address()
const client = createClient({
  address,
  onEvent: () => show(),
  onRead: () => show(), // opened, or opened again: events may have been missed
  onState(state) {
    byId('state').value = state
  },
})

byId('write').addEventListener('click', () => write(`A page of ${new Date().toISOString()}`))

async function show() {
  try {
    const pages = await client.invoke('thread-api/cli-list-pages', [repo])
    byId('pages').replaceChildren(
      ...pages.map((page) => {
        const item = document.createElement('li')
        item.textContent = page[':block/title']
        return item
      }),
    )
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    byId('state').value = `${error.code}: ${error.message}` // the next event or gap reads again
  }
}

async function write(title) {
  const now = Date.now()
  await client.invoke('thread-api/transact', [
    repo,
    [
      {
        'block/created-at': now,
        'block/name': title.toLowerCase(),
        'block/tags': ':logseq.class/Page',
        'block/title': title,
        'block/updated-at': now,
        'block/uuid': `~u${crypto.randomUUID()}`,
      },
    ],
  ])
}
