import {existsSync, mkdirSync, readFileSync, renameSync, symlinkSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'

import {linkInstalled, PACKAGE, runProgram} from '../support/projects.js'
import {CLI} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'

describe('the program, installed', () => {
  const box = useSandbox()

  it('runs through a link, as npm puts one on the PATH', async () => {
    const logseq = join(box.dir, 'logseq')
    symlinkSync(CLI, logseq)
    const started = await box.ok(['server', 'start', '--repo', 'demo', '--create'], {cli: logseq})
    expect((await box.ok(['server', 'stop', '--repo', 'demo'], {cli: logseq}))['pid']).to.equal(started['pid'])
  })

  it('has all that it needs in its tarball, and nothing that is only for its making', async () => {
    const [packed] = JSON.parse(
      await runProgram('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', box.dir], PACKAGE),
    ) as [{filename: string; files: Array<{path: string}>; unpackedSize: number}]
    expect(packed.unpackedSize, 'bytes of the package itself').to.be.lessThan(12_000_000)
    expect(existsSync(join(PACKAGE, '.npm')), 'what npm leaves in its home').to.equal(false)
    const paths = packed.files.map(({path}) => path)
    const kinds =
      /^(assets\/.+|docs\/.+\.(md|png)|dist\/.+\.(d\.ts|js)|dist\/bundle\/((build|new-graph)\.json|THIRD-PARTY-NOTICES\.txt|.+\.cjs)|schemas\/.+\.json|bin\/((run|db-worker-node)\.js|package\.json)|[\w.]+\.(json|md)|LICENSE)$/
    expect(paths.filter((path) => !kinds.test(path))).to.deep.equal([])
    expect(paths).to.include.members(['bin/run.js', 'bin/db-worker-node.js', 'oclif.manifest.json', 'package.json'])

    await runProgram('tar', ['-xf', packed.filename], box.dir)
    const project = join(box.dir, 'project')
    const installed = join(project, 'node_modules', 'logseq-server')
    mkdirSync(join(project, 'node_modules', '.bin'), {recursive: true})
    renameSync(join(box.dir, 'package'), installed)
    const {dependencies} = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {dependencies: object}
    linkInstalled(project, Object.keys(dependencies))
    const logseq = join(project, 'node_modules', '.bin', 'logseq')
    symlinkSync('../logseq-server/bin/run.js', logseq)

    const schema = `import.meta.resolve('logseq-server/schemas/v1/server-status.json')`
    const resolve = ['--input-type=module', '-e', `console.log(new URL(${schema}).pathname)`]
    const path = (await runProgram(process.execPath, resolve, project)).trim()
    expect(JSON.parse(readFileSync(path, 'utf8'))).to.include({title: 'server status'})

    const started = await box.ok(['server', 'start', '--repo', 'demo', '--create'], {cli: logseq})
    expect(existsSync(started['log'] as string)).to.equal(true)
    const stopped = await box.ok(['server', 'stop', '--repo', 'demo'], {cli: logseq})
    expect(stopped).to.include({pid: started['pid'], 'stopped-by': 'shutdown'})
  })

  it('runs no script when it is installed, nor does anything that it needs', () => {
    const {packages} = JSON.parse(readFileSync(join(PACKAGE, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, {dev?: boolean; hasInstallScript?: boolean}>
    }
    const {scripts} = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as {scripts: object}
    expect(scripts).to.not.have.any.keys('install', 'postinstall', 'preinstall')
    const running = Object.entries(packages).filter(([, {dev, hasInstallScript}]) => hasInstallScript && !dev)
    expect(running.map(([path]) => path)).to.deep.equal([])
  })

  it('has a daemon that explains itself, through a link too', async () => {
    const worker = join(box.dir, 'db-worker-node')
    symlinkSync(join(PACKAGE, 'bin', 'db-worker-node.js'), worker)
    expect(await runProgram(worker, ['--help'], box.dir)).to.include('db-worker-node --repo NAME')
    const wrong = await runProgram(worker, [], box.dir).catch(String)
    expect(wrong).to.include('repo is required')
  })
})
