import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {PACKAGE} from '../support/projects.js'
import {cleanEnv, CLI, CODE_CACHE, Sandbox} from '../support/sandbox.js'
import {endOf} from '../support/workers.js'

/** Samples of the pages whose output has one form: numbers, times, identifiers and builds differ. */
const SAMPLES: readonly (readonly [page: string, command: string])[] = [
  ['README.md', 'logseq server status --repo demo'],
  ['docs/cli/logseq-cli.md', 'logseq server status --repo demo'],
  ['docs/cli/logseq-cli.md', 'logseq server list'],
  ['docs/cli/logseq-cli.md', 'logseq server run --repo demo'],
  ['docs/cli/logseq-cli.md', 'logseq server logs --repo demo --since 10m'],
  ['docs/cli/logseq-cli.md', 'logseq graph list'],
  ['docs/cli/logseq-cli.md', 'logseq graph check --repo demo'],
  ['docs/cli/logseq-cli.md', "logseq query '[:find (count ?p) . :where [?p :block/name]]'"],
]

function masked(text: string): string[] {
  return text
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replaceAll(/\b0\.1\.0(?:\+[0-9a-f]+)?/g, 'BUILD')
    .replaceAll(/\d[\d.:TZ-]*/g, 'N')
    .replaceAll(/N (?:KiB|MiB)/g, 'SIZE')
    .replaceAll(/NmNs|Ns/g, 'DURATION')
    .replaceAll(/ \(N event stream\)|created=\w+/g, '')
    .replaceAll(/ +/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** The lines that a page shows after a command. */
function sampleOf(page: string, command: string): string[] {
  const text = readFileSync(join(PACKAGE, page), 'utf8')
  const begin = text.indexOf(`\n$ ${command}\n`)
  expect(begin, `${page} has ${command}`).not.to.equal(-1)
  return masked(/^([\s\S]*?)(?:^\$ |^```)/m.exec(text.slice(begin + command.length + 4))![1]!)
}

describe('the samples in the documentation', function () {
  this.timeout(120_000)
  let sandbox: Sandbox

  before(async () => {
    sandbox = new Sandbox('logseq/graphs')
    await sandbox.start()
  })

  after(() => sandbox.dispose())

  for (const [page, command] of SAMPLES)
    it(`of ${page} show what \`${command}\` prints`, async () => {
      const words = command.replace('logseq ', '').replace('server run --repo demo', 'server logs --repo demo')
      const child = sandbox.spawn('bash', ['-c', `"$0" "$1" ${words}`, process.execPath, CLI], {
        env: {...cleanEnv(), HOME: sandbox.dir, LOGSEQ_CLI_REPO: 'demo', XDG_CACHE_HOME: CODE_CACHE},
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let printed = ''
      child.stdout!.on('data', (text) => {
        printed += String(text)
      })
      await endOf(child)
      expect(masked(printed.replaceAll(sandbox.dir, '/home/me'))).to.deep.equal(sampleOf(page, command))
    })
})
