import {existsSync, readdirSync, readFileSync, statSync, symlinkSync} from 'node:fs'
import {isBuiltin} from 'node:module'
import {join} from 'node:path'
import {expect} from 'chai'
import {build} from 'esbuild'

import {installTarball, PACKAGE, runProgram, writeProject} from '../support/projects.js'
import {CLI, Sandbox} from '../support/sandbox.js'
import {useSandbox} from '../support/use.js'

/** Parts of package.json that say what others get. */
interface PackageJson {
  bin: Record<string, string>
  dependencies: Record<string, string>
  exports: Record<string, string | {default: string; types: string}>
  oclif: {commands: string}
  scripts: Record<string, string>
  types: string
}

/** Scripts that npm runs, or warns of, when somebody installs a tarball. */
const INSTALL_SCRIPTS = /^(pre|post)?(install|prepare)$|^prepublish$/

/** Space that files take on a disk, in bytes: whole blocks of 4 KiB. */
function sizeOnDisk(dir: string): number {
  const sizes = readdirSync(dir, {recursive: true}).map((name) => statSync(join(dir, String(name))).size)
  return sizes.reduce((sum, size) => sum + Math.ceil(size / 4096) * 4096, 0)
}

describe('the tarball of the package', () => {
  const sandbox = new Sandbox()
  const project = join(sandbox.dir, 'project')
  let installed: string
  const logseq = join(project, 'node_modules', '.bin', 'logseq')
  let files: string[]
  let packageJson: PackageJson

  before(async function () {
    this.timeout(180_000)
    installed = await installTarball(project)
    files = readdirSync(installed, {recursive: true, withFileTypes: true})
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1))
    packageJson = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as PackageJson
  })

  after(() => sandbox.dispose())

  it('is small, and has nothing that is only for its making', () => {
    expect(sizeOnDisk(installed), 'bytes on disk of the package itself').to.be.lessThan(30_000_000)
    expect(existsSync(join(PACKAGE, '.npm')), 'what npm leaves in its home').to.equal(false)
    const kinds =
      /^(assets\/.+|docs\/.+\.(md|png)|dist\/.+\.(d\.ts|js)|dist\/bundle\/((build|new-graph)\.json|THIRD-PARTY-NOTICES\.txt|sqlite\/[\w-]+\.node|.+\.cjs)|schemas\/.+\.json|bin\/((run|db-worker-node)\.js|package\.json)|[\w.]+\.(json|md)|LICENSE)$/
    expect(files.filter((path) => !kinds.test(path))).to.deep.equal([])
    expect(files.filter((path) => /^dist\/(cli|commands|server)\//.test(path))).to.deep.equal([])
  })

  it('runs no script when it is installed, nor does anything that it needs', () => {
    expect(Object.keys(packageJson.scripts).filter((name) => INSTALL_SCRIPTS.test(name))).to.deep.equal([])
    const {packages} = JSON.parse(readFileSync(join(PACKAGE, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, {dev?: boolean; hasInstallScript?: boolean}>
    }
    const needed = Object.entries(packages).filter(([path, {dev}]) => path !== '' && !dev)
    expect(needed.filter(([, {hasInstallScript}]) => hasInstallScript)).to.deep.equal([])
    expect(needed.length, needed.map(([path]) => path).join(' ')).to.be.lessThan(15)
  })

  it('has each file that its package.json and its manifest name', () => {
    const {bin, exports, oclif, types} = packageJson
    const named = [...Object.values(bin), oclif.commands, types, ...Object.values(exports)]
      .flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)))
      .map((path) => path.replace('*', 'server-status'))
    const {commands} = JSON.parse(readFileSync(join(installed, 'oclif.manifest.json'), 'utf8')) as {
      commands: Record<string, {relativePath: string[]}>
    }
    const bundles = Object.values(commands).map(({relativePath}) => relativePath.join('/'))
    expect([...named, ...bundles].filter((path) => !existsSync(join(installed, path)))).to.deep.equal([])
    expect(bundles).to.have.lengthOf.greaterThan(20)
  })

  it('has each file that its exports import, no other, and each package', async () => {
    const isCode = (path: string) => path.endsWith('.js') && path.startsWith('dist/')
    const {metafile} = await build({
      absWorkingDir: installed,
      bundle: true,
      entryPoints: ['dist/browser/index.js', 'dist/electron/index.js', 'dist/lib/index.js', 'dist/lib/doctor/child.js'],
      format: 'esm',
      metafile: true,
      outdir: 'never',
      packages: 'external',
      platform: 'node',
      write: false,
    })
    expect(files.filter((path) => isCode(path)).toSorted()).to.deep.equal(Object.keys(metafile.inputs).toSorted())
    const imports = Object.values(metafile.inputs).flatMap((input) => input.imports)
    const packages = imports.filter(({external, path}) => external && !isBuiltin(path)).map(({path}) => path)
    // Loaded by name when it is needed: regular expressions of queries.
    expect([...new Set([...packages, 're2js'])].toSorted()).to.deep.equal(
      Object.keys(packageJson.dependencies).toSorted(),
    )
  })

  it('runs a server, queries, completion, help and errors', async function () {
    this.timeout(180_000)
    const cli = {cli: logseq}
    const started = await sandbox.ok(['server', 'start', '--repo', 'demo', '--create'], cli)
    expect(existsSync(started['log'] as string)).to.equal(true)
    const query = '[:find (count ?e) . :where [?e :block/name ?name] [(re-find #"^card" ?name)]]'
    expect((await sandbox.ok(['query', query, '--repo', 'demo'], cli))['result']).to.be.a('number')
    expect((await sandbox.run(['completion', 'bash'], cli)).stdout).to.include('logseq')
    expect((await sandbox.run(['__complete', 'bash', 'server', 'sto'], cli)).stdout).to.include('stop')
    expect((await sandbox.run(['help'], cli)).stdout).to.match(/^ +help +Display help/m)
    expect((await sandbox.run(['help', 'server', 'start'], cli)).stdout).to.include('$ logseq server start')
    expect(await sandbox.fails(['server', 'strat'], cli)).to.include({code: 'unknown-command', exit: 2})
    expect((await sandbox.fails(['server', 'status', '--nope'], cli)).code).to.equal('usage')
    const debugged = await sandbox.run(['server', 'status', '--repo', 'nowhere'], {...cli, env: {DEBUG: 'x'}})
    expect(debugged).to.include({code: 2, stdout: ''})
    expect(debugged.stderr).to.match(/^Error \(graph-not-exists\)/)
    expect((await sandbox.ok(['doctor'], cli))['findings']).to.be.an('array')
    const stopped = await sandbox.ok(['server', 'stop', '--repo', 'demo'], cli)
    expect(stopped).to.include({pid: started['pid'], 'stopped-by': 'shutdown'})
  })

  it('can be imported and required, each export of it', async () => {
    const names = Object.keys(packageJson.exports).filter((name) => !name.includes('.json'))
    const paths = names.map((name) => `logseq-server${name.slice(1)}`)
    expect(paths).to.include.members(['logseq-server', 'logseq-server/client', 'logseq-server/electron'])
    const list = JSON.stringify(paths)
    writeProject(project, {
      'import.mjs': `for (const path of ${list}) console.log(path, Object.keys(await import(path)).length > 0)`,
      'require.cjs': `for (const path of ${list}) console.log(path, Object.keys(require(path)).length > 0)`,
      'schema.mjs': `console.log(new URL(import.meta.resolve('logseq-server/schemas/v1/server-status.json')).pathname)`,
    })
    const expected = paths.map((path) => `${path} true\n`).join('')
    const run = (name: string) => runProgram(process.execPath, ['--no-warnings', name], project)
    expect(await run('import.mjs')).to.equal(expected)
    expect(await run('require.cjs')).to.equal(expected)
    const schema = JSON.parse(readFileSync((await run('schema.mjs')).trim(), 'utf8')) as object
    expect(schema).to.include({title: 'server status'})
  })
})

describe('the program, installed', () => {
  const sandbox = useSandbox()

  it('runs through a link, as npm puts one on the PATH', async () => {
    const logseq = join(sandbox.dir, 'logseq')
    symlinkSync(CLI, logseq)
    const started = await sandbox.ok(['server', 'start', '--repo', 'demo', '--create'], {cli: logseq})
    expect((await sandbox.ok(['server', 'stop', '--repo', 'demo'], {cli: logseq}))['pid']).to.equal(started['pid'])
  })

  it('has a server that explains itself, through a link too', async () => {
    const worker = join(sandbox.dir, 'db-worker-node')
    symlinkSync(join(PACKAGE, 'bin', 'db-worker-node.js'), worker)
    expect(await runProgram(worker, ['--help'], sandbox.dir)).to.include('db-worker-node --repo NAME')
    const wrong = await runProgram(worker, [], sandbox.dir).catch(String)
    expect(wrong).to.include('repo is required')
  })
})
