/**
 * Writes a page, reads it, and follows the changes of a graph.
 *
 *     node main.js GRAPH [DATA-DIR]
 */
import {randomUUID} from 'node:crypto'
import {Client, ServerError} from 'logseq-server'

const [repo = 'demo', dataDir] = process.argv.slice(2)
const client = new Client({create: true, repo, ...(dataDir && {dataDir})})
const stop = new AbortController()
process.once('SIGINT', () => stop.abort())

try {
  for await (const event of client.events({signal: stop.signal})) {
    if (event.type === 'opened') {
      await printCount()
      await writePage(`A page of ${new Date().toISOString()}`)
    }

    if (event.type === 'gap') await printCount() // events were missed while the server was away
    if (event.type === 'sync-db-changes') {
      console.log('the graph changed')
      await printCount()
      break // a program that displays the graph goes on
    }
  }
} catch (error) {
  if (!stop.signal.aborted) fail(error)
} finally {
  client.close() // the server keeps running: `logseq server stop` stops it
}

/** Writes a page. Keywords, UUIDs and the like in plain JSON: docs/cli/logseq-cli.md */
async function writePage(title) {
  const now = Date.now()
  await client.call('transact', [
    {
      'block/created-at': now,
      'block/name': title.toLowerCase(),
      'block/tags': ':logseq.class/Page',
      'block/title': title,
      'block/updated-at': now,
      'block/uuid': `~u${randomUUID()}`,
    },
  ])
}

async function printCount() {
  const pages = await client.call('cli-list-pages')
  console.log(`${client.graph} has ${pages.length} pages`)
}

function fail(error) {
  if (!(error instanceof ServerError)) throw error
  console.error(`${error.code}: ${error.message}\n${error.hint}`)
  process.exitCode = error.exit
}
