// Serves the page, and the client for it, under lsp://logseq.com: the origin that servers answer.
import {readFile} from 'node:fs/promises'
import {join} from 'node:path'

const TYPES = {css: 'text/css', html: 'text/html', js: 'text/javascript'}

export function servePages(protocol, pageDir, clientDir) {
  protocol.handle('lsp', async ({url}) => {
    const [, folder, name, type] = /^\/(client\/)?([a-z]+\.(css|html|js))$/.exec(new URL(url).pathname) ?? []
    if (!name) return new Response('not found', {status: 404})
    const bytes = await readFile(join(folder ? clientDir : pageDir, name))
    return new Response(bytes, {headers: {'content-type': `${TYPES[type]}; charset=utf-8`}})
  })
}
