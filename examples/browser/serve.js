/**
 * Serves the page, and tells it where the server of the graph is.
 *
 *     node serve.js GRAPH [DATA-DIR]
 *
 * A server answers pages of one origin only. This program starts it with the origin of its own page; a server that runs
 * already keeps its origin.
 */
import {readFile} from 'node:fs/promises'
import {createServer} from 'node:http'
import {fileURLToPath} from 'node:url'
import {startServer} from 'logseq-server'

const [repo = 'demo', dataDir] = process.argv.slice(2)

const FILES = {
  '/': ['text/html', new URL('index.html', import.meta.url)],
  '/client/index.js': ['text/javascript', new URL(import.meta.resolve('logseq-server/browser'))],
  '/page.js': ['text/javascript', new URL('page.js', import.meta.url)],
}

const site = createServer((request, response) => {
  answer(request, response).catch((error) => {
    response.writeHead(500).end(String(error.message))
  })
})

site.listen(0, '127.0.0.1', () => {
  const origin = `http://127.0.0.1:${site.address().port}`
  process.env.LOGSEQ_DB_WORKER_ORIGIN = origin
  console.log(`open ${origin}`)
})

async function answer({headers, url}, response) {
  // The address has the token of the server: it is for this page only, not for one whose host name leads here.
  if (
    headers.host !== `127.0.0.1:${site.address().port}` ||
    !['same-origin', 'none'].includes(headers['sec-fetch-site'])
  )
    return response.writeHead(403).end()
  if (url === '/address') {
    const server = await startServer({create: true, repo, ...(dataDir && {dataDir})})
    return send(response, 'application/json', JSON.stringify(addressOf(server)))
  }

  const [type, path] = FILES[url] ?? []
  if (path === undefined) return response.writeHead(404).end()
  return send(response, type, await readFile(fileURLToPath(path)))
}

function addressOf(server) {
  return {
    authToken: server['auth-token'],
    baseUrl: server['base-url'],
    graphId: server['graph-id'],
    lockId: server['lock-id'],
    repo: server.repo,
  }
}

function send(response, type, content) {
  response.writeHead(200, {'content-type': type}).end(content)
}
