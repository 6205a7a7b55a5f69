import {type Browser, chromium, type Page} from 'playwright-core'

import type {ServerAddress} from '../../src/browser/index.js'
import {CHROMIUM} from './chromium.js'
import {servePage} from './page-server.js'
import {until} from './processes.js'

/** What the client has told a page. */
interface Seen {
  events: {payload: string; type: string}[]
  reads: string[]
  states: string[]
}

/** A page in Chromium with the client of pages, for the tests of a `describe`. Without Chromium they are skipped. */
export class ClientPage {
  #browser: Browser | undefined
  #page: Page | undefined
  #site: Awaited<ReturnType<typeof servePage>> | undefined

  /** Starts Chromium before the tests, and loads the page anew for each of them. */
  constructor() {
    const open = () => this.#open()
    before(async function () {
      if (CHROMIUM === undefined) {
        console.log('    no Chromium here (CHROMIUM=PATH names one): the client is not tried in a page')
        this.skip()
      }

      await open()
    })
    beforeEach(() => this.page.goto(this.origin))
    afterEach(() => this.#page?.goto('about:blank'))
    after(async () => {
      await this.#browser?.close()
      await this.#site?.close()
    })
  }

  get origin(): string {
    return this.#site!.origin
  }

  get page(): Page {
    return this.#page!
  }

  async #open(): Promise<void> {
    this.#site = await servePage()
    this.#browser = await chromium.launch({args: ['--no-sandbox', '--disable-gpu'], executablePath: CHROMIUM})
    this.#page = await this.#browser.newPage() // one for all: a page costs ten times what loading it again costs
  }

  /** Connects the page, which then keeps what it is told under `seen`. */
  async connect(runtime: ServerAddress, address?: ServerAddress): Promise<void> {
    await this.page.evaluate(`
      (async () => {
        const {createClient} = await import('/client/index.js')
        window.seen = {events: [], reads: [], states: []}
        window.next = ${JSON.stringify(address ?? null)}
        window.client = createClient({
          ...(next && {address: () => next}),
          onEvent: (event) => seen.events.push(event),
          onRead: (reason) => seen.reads.push(reason),
          onState: (state) => seen.states.push(state),
          runtime: ${JSON.stringify(runtime)},
        })
      })()`)
  }

  seen(): Promise<Seen> {
    return this.page.evaluate<Seen>('window.seen')
  }

  async untilSeen(look: (now: Seen) => boolean, what: string): Promise<Seen> {
    let now = await this.seen()
    await until(
      async () => {
        now = await this.seen()
        return look(now)
      },
      20_000,
      () => `${what}: ${JSON.stringify(now)}`,
    )
    return now
  }
}
