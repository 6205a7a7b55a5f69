import {createHash} from 'node:crypto'

import {shellQuote} from '../../lib/shell-quote.js'
import type {Response} from './exchange.js'

const STYLE = 'body{font:1rem/1.5 system-ui,sans-serif;margin:3rem auto;max-width:40rem;padding:0 1rem}'

/** Allows this style alone: no script, no image, no frame, no form. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': POLICY,
  'content-type': 'text/html; charset=utf-8',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

/** Facts that the page shows. */
export interface Landing {
  /** Name of the graph; undefined for a reader who may not know it. */
  graph: string | undefined
  version: string
}

/** Answers a person who opens the address of the server in a browser: what this is, and what to do. No path, no token. */
export function sendLandingPage(response: Response, landing: Landing): void {
  const body = pageOf(landing)
  response.writeHead(200, {...HEADERS, 'content-length': Buffer.byteLength(body)}).end(body)
}

function pageOf({graph, version}: Landing): string {
  const what = graph === undefined ? 'a graph' : `the graph <strong><bdi>${escape(graph)}</bdi></strong>`
  const repo = escape(graph === undefined ? 'NAME' : shellQuote(graph))
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>logseq server</title>
<style>${STYLE}</style>
<h1>logseq server</h1>
<p>This is the server of ${what}, version ${escape(version)}. Programs use it; it has no pages for reading notes.</p>
<ul>
<li>Read and write notes: open the graph in Logseq.</li>
<li>Ask the graph: <code>logseq query '[:find ?title :where [?p :block/title ?title]]' --repo ${repo}</code></li>
<li>See what runs: <code>logseq server status --repo ${repo}</code></li>
<li>Stop it: <code>logseq server stop --repo ${repo}</code></li>
<li>Write a program: <code>logseq invoke --help</code> lists the methods of <code>POST /v1/invoke</code>.</li>
</ul>
</html>
`
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
