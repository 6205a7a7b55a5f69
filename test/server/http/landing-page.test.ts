import type {ServerResponse} from 'node:http'
import {expect} from 'chai'

import {sendLandingPage} from '../../../src/server/http/landing-page.js'

/** The page that a person gets. */
function pageFor(graph: string): string {
  let page = ''
  const response = {
    end(body: string) {
      page = body
    },
    writeHead: () => response,
  }
  sendLandingPage(response as unknown as ServerResponse, {graph, version: '1.0.0'})
  return page
}

describe('the landing page', () => {
  it('shows any name as text, and quotes it for a shell', () => {
    const page = pageFor(`<script>alert("x")</script> & 'co'`)
    expect(page).not.to.contain('<script>')
    expect(page).to.contain("<bdi>&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; 'co'</bdi>")
    expect(page).to.contain("--repo '&lt;script&gt;")
  })
})
