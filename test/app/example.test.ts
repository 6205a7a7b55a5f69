import {rmSync} from 'node:fs'
import {expect} from 'chai'

import {copyElectron, ExampleApp, turnOffRunAsNode} from '../support/example-app.js'
import {end, know, type Known, lives, until} from '../support/processes.js'
import {hold} from '../support/raw.js'
import {http, Sandbox} from '../support/sandbox.js'
import {serversOf} from '../support/unrelated-programs.js'

const GRACE_MS = 10_000

/** Waits for the end of a server. @returns how long that took, in ms */
async function untilGone(server: Known, ms = 3 * GRACE_MS): Promise<number> {
  const began = performance.now()
  await until(() => !lives(server), ms, 'the server to end')
  return performance.now() - began
}

/** Lets time pass in which something must not happen. */
async function lasts(what: () => boolean, ms: number, that: string): Promise<void> {
  const deadline = performance.now() + ms
  await until(
    () => {
      if (!what()) throw new Error(`did not last: ${that}`)
      return performance.now() > deadline
    },
    ms + 5000,
    'the time',
  )
}

const figures: string[] = []

describe('the example app, in a real Electron', function () {
  this.timeout(180_000)
  let app: ExampleApp
  let sandbox: Sandbox

  beforeEach(async () => {
    sandbox = new Sandbox()
    app = await ExampleApp.start(sandbox)
  })

  afterEach(() => sandbox.dispose())
  after(() => console.log(figures.map((figure) => `    ${figure}`).join('\n')))

  const figure = (what: string, ms: number) => figures.push(`${what}: ${Math.round(ms)} ms`)

  describe('with windows', () => {
    it('shares a server between two windows, and stops it with the last one', async () => {
      const server = await app.open('A')
      await app.press('New window')
      const second = await app.window(1)
      expect(await app.open('A', second)).to.deep.equal(server)
      const page = await app.window()
      await page.waitForSelector('#graphs .windows:text-matches(",")')
      const [row] = await app.rows()
      expect(row).to.include({graph: 'A', leases: '1', lifetime: 'leased', owner: 'electron (ours)', status: 'ready'})
      expect(row!.windows.split(', ')).to.have.length(2)
      await second.close()
      await until(() => app.app.windows().length === 1, 5000, 'one window')
      expect(lives(server)).to.equal(true)
      await app.press('Release')
      await untilGone(server)
      expect(sandbox.record('A')).to.equal(undefined)
    })

    it('switches a window to another graph', async () => {
      const first = await app.open('A')
      const second = await app.open('B')
      await untilGone(first)
      expect(lives(second)).to.equal(true)
    })

    it('keeps the server while its page is loaded anew, and when that crashes', async () => {
      const server = await app.open('A')
      const page = await app.window()
      await app.press('Reload page')
      await page.waitForSelector('#state[data-state="open"]')
      const crashed = page.waitForEvent('crash')
      await app.press('Crash page').catch(() => {}) // the page that is asked is gone
      await crashed
      await lasts(() => lives(server), GRACE_MS + 2000, 'the server of a crashed page')
      app.signal('SIGTERM')
      await untilGone(server)
    })

    it('attaches to the command line’s server, says so, and leaves it', async () => {
      const cli = know((await sandbox.start('A'))['pid'] as number)!
      expect(await app.open('A')).to.deep.equal(cli)
      const page = await app.window()
      expect(await page.textContent('#meaning')).to.contain('Started by the command line')
      expect((await app.rows())[0]).to.include({lifetime: 'persistent', owner: 'cli (not ours)'})
      app.signal('SIGTERM')
      await app.ended()
      expect(lives(cli)).to.equal(true)
      expect(await sandbox.ok(['server', 'status', '-r', 'A'])).to.include({'owner-source': 'cli', status: 'ready'})
    })

    it('shows whose the servers are, and where', async () => {
      await sandbox.start('A')
      await app.open('A')
      await app.press('New window')
      const page = await app.window(1)
      await app.open('B', page)
      const owners = Object.fromEntries((await app.rows(page)).map(({graph, owner}) => [graph, owner]))
      expect(owners).to.deep.equal({A: 'cli (not ours)', B: 'electron (ours)'})
      expect(await page.textContent('#meaning')).to.contain('Started by this app')
      const picture = process.env['UPDATE_SCREENSHOT']
      if (picture) await page.screenshot({path: picture})
    })

    it('notifies its window that the server is gone, and continues with another one', async () => {
      const server = await app.open('A')
      await end(server)
      const page = await app.window()
      await page.waitForSelector('text=/Read again from pid/')
      expect(await page.textContent('#events')).to.contain('The server is gone')
      expect(serversOf(sandbox, 'A')).to.have.length(1)
    })
  })

  describe('that quits', () => {
    it('by its button has stopped its servers', async () => {
      const [first] = [await app.open('A')]
      await app.press('New window')
      const second = await app.open('B', await app.window(1))
      await app.press('Quit').catch(() => {}) // its page may be gone before it answers
      figure('quit, with two servers', await app.ended())
      expect([lives(first), lives(second)]).to.deep.equal([false, false])
      expect([sandbox.record('A'), sandbox.record('B')]).to.deep.equal([undefined, undefined])
    })

    it('by SIGTERM has stopped its server', async () => {
      const server = await app.open('A')
      app.signal('SIGTERM')
      figure('SIGTERM, to the end of the app', await app.ended())
      expect(lives(server)).to.equal(false)
    })

    it('by a second signal ends at once, and its server soon after', async () => {
      const server = await app.open('A')
      process.kill(server.pid, 'SIGSTOP') // so that its stop takes long
      app.signal('SIGTERM')
      await lasts(() => lives(app.main), 1000, 'the app that waits')
      app.signal('SIGTERM')
      expect(await app.ended()).to.be.lessThan(1000)
      process.kill(server.pid, 'SIGCONT')
      await untilGone(server)
    })
  })

  describe('that is ended', () => {
    it('by SIGKILL leaves no server for more than twelve seconds', async () => {
      const server = await app.open('A')
      app.signal('SIGKILL')
      const took = await untilGone(server)
      figure('app killed, to the end of its server', took)
      expect(took).to.be.within(GRACE_MS - 1000, 12_000)
      expect(sandbox.record('A')).to.equal(undefined)
    })

    for (const [what, button] of [['by its own crash', 'Crash app']] as const) {
      it(`${what} leaves no server either`, async () => {
        const server = await app.open('A')
        await app.press(button).catch(() => {}) // gone before it answers
        await app.ended()
        expect(await untilGone(server)).to.be.lessThan(12_000)
      })
    }

    it('during requests has them all answered, and leaves no server', async () => {
      const server = await app.open('A')
      const {'auth-token': token, port} = sandbox.record('A')!
      let killed = false
      const ask = async (): Promise<number[]> => {
        const statuses: number[] = []
        for (let after = 0; after < 20; after += killed ? 1 : 0) {
          const body = {args: [], method: 'thread-api/get-version'}
          statuses.push((await http(port as number, '/v1/invoke', {body, token: token as string})).status)
        }

        return statuses
      }

      const asking = Promise.all([ask(), ask(), ask()])
      app.signal('SIGKILL')
      await app.ended()
      killed = true
      expect(new Set((await asking).flat())).to.deep.equal(new Set([200]))
      expect(await untilGone(server)).to.be.lessThan(12_000)
    })

    it('before its first lease leaves no server either', async () => {
      await app.press('Open graph A')
      const record = await until(() => sandbox.record('A'), 20_000, 'the record of the server')
      const server = sandbox.track(record['pid'] as number)!
      app.signal('SIGKILL')
      const took = await untilGone(server)
      figure('app killed before its first lease, to the end of its server', took)
      expect(took).to.be.lessThan(12_000)
    })

    it('while another program leases leaves the server to that one', async () => {
      const server = await app.open('A')
      const {'auth-token': token, port} = sandbox.record('A')!
      const other = await hold(
        port as number,
        `GET /v1/lease HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      )
      await until(() => other.received().includes('"leases":2'), 5000, 'two leases')
      app.signal('SIGKILL')
      await until(() => other.received().endsWith('data: {"leases":1}\n\n\r\n'), 5000, 'the end of the app’s lease')
      await lasts(() => lives(server), GRACE_MS + 2000, 'the server that is leased')
      other.socket.destroy()
      await untilGone(server)
    })

    it('and started again inside the grace finds its server, and owns it', async () => {
      const server = await app.open('A')
      app.signal('SIGKILL')
      await app.ended()
      const again = await ExampleApp.start(sandbox)
      expect(await again.open('A')).to.deep.equal(server)
      expect((await again.rows())[0]).to.include({leases: '1', owner: 'electron (ours)'})
      expect(sandbox.record('A')).to.include({'owner-pid': again.main.pid})
      again.signal('SIGTERM')
      await again.ended()
      expect(lives(server)).to.equal(false)
    })

    it('leaves a persistent server of its own running', async () => {
      const page = await app.window()
      const [, ownerId] = /owner id (\S+)/.exec((await page.textContent('#app'))!)!
      const started = await sandbox.start('A', '--owner-source', 'electron', '--owner-id', ownerId!)
      const server = know(started['pid'] as number)!
      expect(await app.open('A')).to.deep.equal(server)
      expect((await app.rows())[0]).to.include({lifetime: 'persistent', owner: 'electron (ours)'})
      app.signal('SIGKILL')
      await app.ended()
      await lasts(() => lives(server), GRACE_MS + 3000, 'the persistent server')
    })
  })

  describe('that stands still', () => {
    it('frozen for five seconds keeps its server', async () => {
      const server = await app.open('A')
      app.signal('SIGSTOP')
      await lasts(() => lives(server), 5000, 'the server of a frozen app')
      app.signal('SIGCONT')
      await lasts(() => lives(server), GRACE_MS + 2000, 'the server of an app that goes on')
      expect((await app.rows())[0]).to.include({leases: '1', status: 'ready'})
    })

    it('frozen for a minute keeps it, too', async () => {
      const server = await app.open('A')
      app.signal('SIGSTOP')
      await lasts(() => lives(server), 60_000, 'the server of a frozen app')
      app.signal('SIGCONT')
      expect((await app.rows())[0]).to.include({leases: '1'})
    })

    it('with its server, as in a sleep, goes on with it afterwards', async () => {
      const server = await app.open('A')
      app.signal('SIGSTOP')
      process.kill(server.pid, 'SIGSTOP')
      await lasts(() => know(server.pid) !== undefined, GRACE_MS + 5000, 'two frozen processes')
      process.kill(server.pid, 'SIGCONT')
      app.signal('SIGCONT')
      await lasts(() => lives(server), GRACE_MS + 3000, 'the server after the sleep')
      expect((await app.rows())[0]).to.include({graph: 'A', pid: String(server.pid), status: 'ready'})
    })

    it('behind an error dialog keeps it', async () => {
      const server = await app.open('A')
      void app.press('Error dialog').catch(() => {}) // it does not answer while the dialog is there
      await lasts(() => lives(server), GRACE_MS + 3000, 'the server of an app with a dialog')
    })
  })

  describe('whose own program cannot run the command line', () => {
    beforeEach(async () => {
      app.signal('SIGKILL')
      await app.ended()
    })

    it('since it was built with the fuse off, says so, and opens no second window', async () => {
      const electron = copyElectron(sandbox)
      turnOffRunAsNode(electron)
      app = await ExampleApp.start(sandbox, electron)
      await app.press('Open graph A')
      const page = await app.window()
      await page.waitForSelector('#events .bad:text-matches("app-cannot-run-node")')
      expect(app.app.windows()).to.have.length(1)
      expect(serversOf(sandbox, 'A')).to.deep.equal([])
    })

    it('since it was removed by an update, says so', async () => {
      const electron = copyElectron(sandbox)
      app = await ExampleApp.start(sandbox, electron)
      rmSync(electron)
      await app.press('Open graph A')
      const page = await app.window()
      await page.waitForSelector('#events .bad:text-matches("updated or moved")')
      expect(serversOf(sandbox, 'A')).to.deep.equal([])
    })
  })

  it('leaves a second instance to end by itself, and its servers alone', async () => {
    const server = await app.open('A')
    const {ELECTRON_RUN_AS_NODE: _, ...env} = process.env
    const second = sandbox.spawn(
      process.env['ELECTRON_PATH']!,
      ['--no-sandbox', '--disable-gpu', `${sandbox.dir}/example`],
      {
        env: {
          ...env,
          EXAMPLE_PROFILE: `${sandbox.dir}/profile`,
          HOME: sandbox.dir,
          LOGSEQ_CLI_DATA_DIR: sandbox.dataDir,
        },
      },
    )
    await until(() => second.exitCode !== null, 20_000, 'the second instance to end')
    await lasts(() => lives(server), 2000, 'the server of the first')
    expect((await app.rows())[0]).to.include({leases: '1', status: 'ready'})
  })
})
