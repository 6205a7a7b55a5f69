import {spawnSync} from 'node:child_process'
import {appendFileSync, mkdirSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

const CLI = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

/** A command line of each kind; each ends by itself. */
export interface PeerCommands {
  again: readonly string[]
  restart: readonly string[]
  start: readonly string[]
  status: readonly string[]
  stop: readonly string[]
}

/** A program with a server in the background. */
export interface Peer {
  commands(dir: string): PeerCommands
  name: string
  /** Packages that npm installs for it, with exact versions. */
  packages: readonly string[]
  /** Makes in a directory what the server works on. @returns false where this machine does not have the program */
  prepare?(dir: string): boolean
}

const bin = (dir: string, name: string) => join(dir, 'node_modules/.bin', name)

/** Returns one command for each kind; they differ in the end only. */
const verbs = (words: readonly string[], names: Partial<PeerCommands> = {}): PeerCommands => ({
  again: [...words, 'start'],
  restart: [...words, 'restart'],
  start: [...words, 'start'],
  status: [...words, 'status'],
  stop: [...words, 'stop'],
  ...names,
})

/** The project itself, and the best known programs of its kind. */
export const PEERS: readonly Peer[] = [
  {
    commands(dir) {
      const ours = (verb: string) => [process.execPath, CLI, 'server', verb, '--repo', 'demo', '--data-dir', dir]
      return {
        again: ours('start'),
        restart: ours('restart'),
        start: [...ours('start'), '--create'],
        status: ours('status'),
        stop: ours('stop'),
      }
    },
    name: 'logseq server',
    packages: [],
  },
  {
    commands: (dir) => verbs([bin(dir, 'prettierd')]),
    name: 'prettierd 0.29.0',
    packages: ['@fsouza/prettierd@0.29.0', 'prettier@3.10.1'],
  },
  {
    commands: (dir) => verbs([bin(dir, 'turbo'), 'daemon']),
    name: 'turbo 2.11.11',
    packages: ['turbo@2.11.11'],
    prepare(dir) {
      writeFileSync(join(dir, 'turbo.json'), '{"tasks":{}}')
      return true
    },
  },
  {
    commands: (dir) => verbs([bin(dir, 'eslint_d')]),
    name: 'eslint_d 15.0.3',
    packages: ['eslint_d@15.0.3', 'eslint@9.39.5'],
  },
  {
    commands(dir) {
      const pm2 = bin(dir, 'pm2')
      return {
        again: [pm2, 'start', 'app.cjs'],
        restart: [pm2, 'restart', 'app'],
        start: [pm2, 'start', 'app.cjs'],
        status: [pm2, 'ls'],
        stop: [pm2, 'kill'],
      }
    },
    name: 'pm2 7.0.4',
    packages: ['pm2@7.0.4'],
    prepare(dir) {
      writeFileSync(join(dir, 'app.cjs'), 'setInterval(() => {}, 1_000_000)')
      return true
    },
  },
  {
    commands(dir) {
      const data = join(dir, 'data')
      return verbs([...asPostgres(), 'pg_ctl', '--silent', '--pgdata', data, '--log', join(data, 'log')])
    },
    name: 'pg_ctl',
    packages: [],
    prepare: preparePostgres,
  },
]

/** PostgreSQL refuses to run as root. */
function asPostgres(): readonly string[] {
  return process.getuid?.() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : []
}

/** Makes an empty cluster that listens on a socket in its own directory. */
function preparePostgres(dir: string): boolean {
  if (spawnSync('pg_ctl', ['--version']).status !== 0) return false
  const data = join(dir, 'data')
  mkdirSync(data)
  if (process.getuid?.() === 0 && spawnSync('chown', ['postgres', data]).status !== 0) return false
  const [program = '', ...args] = [...asPostgres(), 'pg_ctl', 'initdb', '--silent', '--pgdata', data]
  const {status} = spawnSync(program, args)
  if (status !== 0) return false
  appendFileSync(join(data, 'postgresql.conf'), `listen_addresses = ''\nunix_socket_directories = '${data}'\n`)
  return true
}
