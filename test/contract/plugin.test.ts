import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {compile, installTarball, linkInstalled, runProgram, writeProject} from '../support/projects.js'
import {useSandbox} from '../support/use.js'

const HOST = {
  'package.json': {
    dependencies: {'@oclif/core': '*', 'logseq-server': '*'},
    name: 'host',
    oclif: {bin: 'host', plugins: ['logseq-server'], topicSeparator: ' '},
    type: 'module',
    version: '1.0.0',
  },
  'run.js': "import {execute} from '@oclif/core'\n\nawait execute({dir: import.meta.url})\n",
}

/** What a program that uses the library may write; each line is about a type that has to be there. */
const CONSUMER = `
import {Client, type ErrorCode, type JsonMap, listServers, ServerError, serverStatus, startServer, type StartResult, stopServer} from 'logseq-server'

const [dataDir, repo] = process.argv.slice(2) as [string, string]
const started: StartResult = await startServer({create: true, dataDir, repo})
const {pid, port}: {pid: number; port: number} = started
const status: string = (await serverStatus({dataDir, repo})).status
const {servers} = await listServers({dataDir})
const stopped = await stopServer({dataDir, repo})
const code: ErrorCode | undefined = await stopServer({dataDir, repo}).then(
  () => undefined,
  (error: unknown) => (error instanceof ServerError ? error.code : undefined),
)
const client = new Client({dataDir, repo, start: false})
const typed = async (): Promise<void> => {
  const pages: readonly JsonMap[] = await client.call('cli-list-pages')
  const block: JsonMap | null = await client.call('thread-api/pull', '[*]', 1)
  const sibling = await client.call('get-block-sibling', 1, ':left')
  const exists: boolean = await client.call('db-exists')
  // @ts-expect-error -- a direction that is not one of the choices
  await client.call('get-block-sibling', 1, 'up')
  // @ts-expect-error -- an argument is missing
  await client.call('pull', '[*]')
  // @ts-expect-error -- not a method
  await client.call('nonsense')
  for await (const {type} of client.events()) console.log(type, pages, block, sibling, exists)
}
client.close()
void typed
// @ts-expect-error -- a code that is not in the table
const wrong: ErrorCode = 'nonsense'
void wrong
// @ts-expect-error -- a result has the fields that it says, and no others
started.nonsense
console.log(JSON.stringify({code, count: servers.length, pid, port, status, stoppedBy: stopped['stopped-by']}))
`

describe('the package in other programs', () => {
  const sandbox = useSandbox()

  it('gives its commands to another oclif CLI as a plugin', async () => {
    const host = join(sandbox.dir, 'host')
    mkdirSync(host)
    writeProject(host, HOST)
    linkInstalled(host, ['@oclif/core'])
    await installTarball(host)
    const options = {cli: join(host, 'run.js')}

    const help = await sandbox.run(['server', '--help'], options)
    expect(help.stdout)
      .to.include('$ host server COMMAND')
      .and.match(/^ +server start /m)
    const started = await sandbox.ok(['server', 'start', '--repo', 'demo', '--create'], options)
    expect(await sandbox.ok(['server', 'status', '--repo', 'demo'])).to.include({pid: started['pid'], status: 'ready'})
    const error = await sandbox.fails(['server', 'status', '--repo', 'nowhere'], options)
    expect(error).to.include({code: 'graph-not-exists', exit: 2})
    expect(error.hint).to.include('`host graph list`').and.not.include('logseq')
    expect((await sandbox.ok(['server', 'stop', '--repo', 'demo'], options))['pid']).to.equal(started['pid'])
  })

  it('is a library with types, which compile without skipLibCheck, and which say what it does', async function () {
    this.timeout(180_000) // the compiler takes its time on a busy machine
    const project = join(sandbox.dir, 'consumer')
    mkdirSync(project)
    writeProject(project, {
      'main.ts': CONSUMER,
      'package.json': {name: 'consumer', type: 'module'},
      'tsconfig.json': {
        compilerOptions: {
          module: 'nodenext',
          strict: true,
          target: 'es2022',
          types: ['node'],
        },
        files: ['main.ts'],
      },
    })
    linkInstalled(project, ['@types/node'])
    await installTarball(project)
    await compile(project)
    const reported = JSON.parse(await runProgram(process.execPath, ['main.js', sandbox.dataDir, 'demo'], project))
    expect(reported).to.deep.include({code: 'server-not-found', count: 1, status: 'ready', stoppedBy: 'shutdown'})
  })
})
