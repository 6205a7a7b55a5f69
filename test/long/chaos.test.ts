import {copyFileSync, renameSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {expect} from 'chai'

import {lives} from '../support/processes.js'
import {type Envelope} from '../support/sandbox.js'
import {SEED} from '../support/seed.js'
import {useSandbox} from '../support/use.js'
import {workersOf} from '../support/workers.js'

/** Whatever is done to a graph, these are the ways in which a command may end. 137 and 130: it was killed, or interrupted. */
const ENDS = new Set([0, 3, 4, 5, 6, 7, 130, 137])

/** Errors that nothing that is done here can be a reason for. */
const NEVER = new Set(['exception', 'usage', 'graph-invalid', 'data-dir-permission', 'server-on-other-host'])

/** A generator of numbers from 0 up to, not including, 1, that can be repeated. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

describe('commands and accidents, all at once', function () {
  this.timeout(600_000)
  const sandbox = useSandbox()

  const path = (name: string) => join(sandbox.graphDir(), name)

  const ACCIDENTS: Record<string, () => Promise<void> | void> = {
    'a crash': () => signalAll('SIGKILL'),
    'a damaged record': () => sandbox.writeRecord('{"pid":'),
    'a deleted mutex': () => rmSync(path('db-worker.lifecycle.lock'), {force: true, recursive: true}),
    'a deleted record': () => sandbox.removeRecord(),
    'a replaced guard': () => {
      copyFileSync(path('db-worker.guard'), path('copy'))
      renameSync(path('copy'), path('db-worker.guard'))
    },
    'a server that stands still': async () => {
      signalAll('SIGSTOP')
      await delay(1500)
      signalAll('SIGCONT')
    },
    nothing: () => {},
  }

  function signalAll(signal: NodeJS.Signals): void {
    for (const known of workersOf(sandbox)) if (lives(known)) process.kill(known.pid, signal)
  }

  /** One command at a random moment, which may be killed or interrupted. */
  async function command(next: () => number): Promise<string> {
    const pick = <T>(of: readonly T[]): T => of[Math.floor(next() * of.length)]!
    const verb = pick(['start', 'start', 'start', 'stop', 'restart', 'status'])
    const args = ['server', verb, '--repo', 'demo', '--owner-source', pick(['cli', 'cli', 'electron']), '--json']
    const blow = pick([undefined, undefined, undefined, 'SIGKILL', 'SIGINT'] as const)
    const after = next() * 600
    await delay(next() * 2000)
    const ran = await sandbox.run(args, {
      onSpawn: (child) => blow && setTimeout(() => child.kill(blow), after),
    })
    const reported = `${args.join(' ')}, ${blow ?? 'whole'}: ${ran.code ?? ran.signal} ${ran.stdout}${ran.stderr}`
    if (ran.signal !== null) return reported
    expect([...ENDS], reported).to.include(ran.code)
    expect(ran.stderr, reported).to.equal('')
    const {error} = JSON.parse(ran.stdout) as Envelope
    if (error) expect([...NEVER], reported).not.to.include(error.code)
    return reported
  }

  for (let seed = SEED; seed < SEED + 10; seed++) {
    it(`leave a graph that starts, and nothing else (seed ${seed})`, async () => {
      const next = random(seed)
      await sandbox.start()
      for (let round = 0; round < 3; round++) {
        const names = Object.keys(ACCIDENTS)
        const accident = names[Math.floor(next() * names.length)]!
        const accidents = delay(next() * 1500).then(() => ACCIDENTS[accident]!())
        const reported = await Promise.all(Array.from({length: 12}, () => command(next)))
        await accidents
        const context = `after ${accident}:\n${reported.join('\n')}`

        const began = performance.now()
        // Whoever the server belongs to by now, a start works.
        const started = await sandbox.json(['server', 'start', '--repo', 'demo'])
        expect(started.status, `${started.stdout}${context}`).to.equal('ok')
        expect(performance.now() - began, context).to.be.lessThan(30_000)
        expect(
          workersOf(sandbox).map(({pid}) => pid),
          context,
        ).to.deep.equal([started.data['pid']])
      }

      const owner = sandbox.record()!['owner-source'] as string
      await sandbox.ok(['server', 'stop', '--repo', 'demo', '--owner-source', owner])
      expect(workersOf(sandbox)).to.deep.equal([])
    })
  }
})
