import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {join} from 'node:path'
import {Config} from '@oclif/core/config'
import {expect} from 'chai'

import '../../src/cli/missing-shell.js' // before oclif, for a user without a passwd entry
import {completionText} from '../../src/cli/completion/run.js'
import {helpText} from '../../src/cli/help.js'
import {removeGraph} from '../../src/lib/index.js'
import {COMMAND_IDS, manifestCommand} from '../support/manifest.js'
import {operationsIn} from '../support/operations.js'
import {PACKAGE} from '../support/projects.js'
import {todays} from '../support/rounds.js'
import {cleanEnv, CLI, CODE_CACHE, Sandbox} from '../support/sandbox.js'
import {endOf} from '../support/workers.js'

const BACKUP = '20261124T115903123Z'
const wordsOf = (id: string) => id.replaceAll(':', ' ')

/** Examples of a command, as a person would paste them. */
function examplesOf(id: string): string[] {
  const {examples = []} = manifestCommand(id) as {examples?: unknown[]}
  return examples.map((example) =>
    (typeof example === 'string' ? example : (example as {command: string}).command)
      .replaceAll('<%= config.bin %>', 'logseq')
      .replaceAll('<%= command.id %>', wordsOf(id)),
  )
}

describe('every command', function () {
  this.timeout(300_000)

  const docs = readdirSync(join(PACKAGE, 'docs/cli'))
    .map((file) => readFileSync(join(PACKAGE, 'docs/cli', file), 'utf8'))
    .join('\n')

  for (const id of COMMAND_IDS) {
    it(`${wordsOf(id)} has examples, a schema, and a place in docs/cli`, () => {
      expect(examplesOf(id), 'examples').to.not.deep.equal([])
      expect(existsSync(join(PACKAGE, 'schemas/v1', `${id.replaceAll(':', '-')}.json`)), 'a schema').to.equal(true)
      expect(docs).to.match(new RegExp(`\`logseq ${wordsOf(id)}[\`\\] ]`))
    })
  }

  describe('with help on a terminal of 80x24', () => {
    const paths = new Set(COMMAND_IDS.flatMap((id) => id.split(':').map((_, i, all) => all.slice(0, i + 1).join(' '))))
    for (const path of ['', ...paths]) {
      it(`${path || 'of the program'} fits, or says where more is`, async () => {
        const words = path.split(' ').filter((word) => word !== '')
        const help = await helpText(await Config.load(PACKAGE), words, false)
        const lines = help.trimEnd().split('\n')
        expect(lines.filter((line) => line.length > 80)).to.deep.equal([])
        if (lines.length > 24)
          expect(lines.slice(-24).join('\n')).to.include('MORE').and.include('docs/cli/logseq-cli.md')
      })
    }
  })

  it('completes its name', async () => {
    const config = await Config.load(PACKAGE)
    for (const id of COMMAND_IDS) {
      const words = id.split(':')
      const line = ['bash', ...words.slice(0, -1), words.at(-1)!.slice(0, 2)]
      expect(completionText(config.commands, line, config).split('\n'), id).to.include(words.at(-1))
    }
  })

  describe('runs its examples', () => {
    let sandbox: Sandbox
    let work: string

    before(async () => {
      sandbox = new Sandbox()
      work = join(sandbox.dir, 'work')
      mkdirSync(join(sandbox.dir, 'bin'))
      mkdirSync(join(sandbox.dir, '.config/fish/completions'), {recursive: true})
      mkdirSync(work)
      symlinkSync(CLI, join(sandbox.dir, 'bin/logseq'))
      writeFileSync(join(work, 'query.edn'), '[:find ?e :where [?e :block/name "contents"]]')
      await sandbox.start('other')
      for (const [name, format] of [
        ['demo.sqlite', 'sqlite'],
        ['demo.edn', 'edn'],
      ] as const)
        await operationsIn(sandbox).exportTo(join(work, name), {format}, 'other')
    })

    after(() => sandbox.dispose())

    /** Makes the state that an example begins in. */
    async function prepare(example: string): Promise<void> {
      const {backUp, stop} = operationsIn(sandbox)
      const gone = ['copy', 'journal', 'my notes', ...(example.includes('graph create') ? ['demo'] : [])]
      for (const repo of gone)
        if (existsSync(sandbox.graphDir(repo))) await removeGraph({dataDir: sandbox.dataDir, repo})
      if (example.includes('graph create')) return

      if (sandbox.record() === undefined) await sandbox.start()
      if (/server run(?!.*--replace)/.test(example)) await stop()
      const [, exported] = /graph export (\S+)/.exec(example) ?? []
      if (exported) rmSync(join(work, exported), {force: true})
      if (/graph (?:backup remove|restore)/.test(example)) {
        const {backups, created} = await backUp()
        const {path} = backups.find(({name}) => name === created)!
        copyFileSync(path, join(path, '..', `${BACKUP}.sqlite`))
      }

      if (example.endsWith('switch -'))
        for (const name of ['other', 'demo']) await sandbox.ok(['graph', 'switch', name])
    }

    for (const id of COMMAND_IDS) {
      const examples = examplesOf(id) // half of them a day, and one of each command
      for (const example of todays(examples, Math.ceil(examples.length / 2))) {
        it(example.length > 100 ? `${example.slice(0, 100)}…` : example, async () => {
          await prepare(example)
          // What goes on until Ctrl-C gets one as soon as it may have begun.
          const goesOn = /--follow|--watch|server run/.test(example)
          const line = goesOn ? `timeout --preserve-status -s INT 4 ${example}` : example
          // Not in one step: what is prepared are servers that are children of this process, which has to see their end.
          const child = sandbox.spawn('bash', ['-c', line], {
            cwd: work,
            env: {
              ...cleanEnv(),
              HOME: sandbox.dir,
              LOGSEQ_CLI_DATA_DIR: sandbox.dataDir,
              PATH: `${join(sandbox.dir, 'bin')}:${process.env['PATH']}`,
              XDG_CACHE_HOME: CODE_CACHE,
            },
            stdio: ['ignore', 'pipe', 'pipe'],
          })
          let printed = ''
          for (const stream of [child.stdout!, child.stderr!])
            stream.on('data', (text: Buffer) => {
              printed += String(text)
            })
          const allowed = goesOn ? [0, 130] : id === 'doctor' ? [0, 1] : [0]
          expect((await endOf(child)).code, printed).to.be.oneOf(allowed)
        })
      }
    }
  })
})
