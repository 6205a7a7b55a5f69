/**
 * Records the terminal sessions of docs/cli/sessions.md: runs the commands in an empty home, and masks what differs from run to run.
 *
 *     node scripts/sessions.js           write the page
 *     node scripts/sessions.js --check   fail when the page is not what the commands print
 */
import {spawnSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = join(root, 'docs/cli/sessions.md')

const PAGE = `'[{"block/uuid": "~u00000000-0000-4000-8000-000000000001", "block/name": "shopping", "block/title": "Shopping", "block/tags": ":logseq.class/Page", "block/created-at": 1764000000000, "block/updated-at": 1764000000000}]'`

const SESSIONS = [
  [
    'A graph, from its creation to its removal',
    [
      'logseq graph create --repo demo',
      'logseq graph switch demo',
      `logseq invoke transact ${PAGE}`,
      `logseq query '[:find ?title :where [?p :block/name "shopping"] [?p :block/title ?title]]'`,
      'logseq graph rename groceries --repo demo',
      'logseq graph remove --repo groceries',
      'logseq graph list',
    ],
  ],
  [
    'A server, and what happens if none runs',
    [
      'logseq server start --repo demo',
      'logseq server start --repo demo --create',
      'logseq server status --repo demo',
      'logseq server stop --repo demo',
      'logseq server stop --repo demo; echo "exit $?"',
    ],
  ],
  [
    'A backup, a restore, an export',
    [
      'logseq graph create --repo demo',
      'logseq graph backup --repo demo',
      'logseq graph restore --repo demo',
      'logseq graph export demo.sqlite --repo demo',
      'logseq graph export demo.sqlite --repo demo',
    ],
  ],
  [
    'For programs',
    [
      'logseq graph create --repo demo --quiet',
      'logseq graph list --json',
      `logseq query '[:find ?i . :where [?e :db/ident ?i] [(= ?i :logseq.class/Tag)]]' --repo demo --output edn`,
      'logseq server status --repo dmo --json',
    ],
  ],
]

const HEAD = `# Recorded sessions

\`node scripts/sessions.js\` runs these commands in an empty home directory and writes this page; a test fails when their output is another.
Process IDs, ports, times, sizes, builds and paths are masked.
`

/** Returns the page. */
export function record() {
  return `${[HEAD, ...SESSIONS.map(([title, lines]) => section(title, lines))].join('\n')}`
}

function section(title, lines) {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'logseq-session-')))
  const bin = join(home, 'bin')
  mkdirSync(bin)
  symlinkSync(join(root, 'bin/run.js'), join(bin, 'logseq'))
  const run = (line) => {
    const {stdout} = spawnSync('bash', ['-c', `{ ${line}; } 2>&1`], {
      cwd: home,
      encoding: 'utf8',
      env: {
        HOME: home,
        PATH: `${bin}:${process.env['PATH']}`,
        TZ: 'UTC',
        XDG_CACHE_HOME: join(root, 'node_modules/.cache'),
      },
    })
    return stdout
  }

  try {
    const text = lines.map((line) => `$ ${line}\n${masked(run(line), home)}`).join('')
    return `## ${title}\n\n\`\`\`console\n${text}\`\`\`\n`
  } finally {
    run('logseq server stop --all')
    rmSync(home, {force: true, recursive: true})
  }
}

function masked(text, home) {
  return text
    .replaceAll(home, '/home/me')
    .replaceAll(/(127\.0\.0\.1:)\d+/g, '$137287')
    .replaceAll(/(PID +|"pid":|pid )\d+/g, '$17267')
    .replaceAll(/\d{8}T\d{9}Z/g, '20261124T115903123Z')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '2026-11-24T11:59:03.123Z')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, '2026-11-24 11:59')
    .replaceAll(/db-worker-node-\d{8}/g, 'db-worker-node-20261124')
    .replaceAll(/\d+(?:\.\d+)? (?:KiB|MiB)/g, '1.2 MiB')
    .replaceAll(/("size":)\d+/g, '$11253376')
    .replaceAll(/(Uptime +)\S.*/g, '$112s')
    .replaceAll(/(Build +)\S+/g, '$10.1.0')
    .replaceAll(/^\S.*\.\.\.\n/gm, '') // progress, on a slow machine
    .replaceAll(/ +$/gm, '')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = record()
  if (!process.argv.includes('--check')) {
    writeFileSync(page, text)
  } else if (readFileSync(page, 'utf8') !== text) {
    console.error('docs/cli/sessions.md is not what the commands print. Run `node scripts/sessions.js`, and commit it.')
    process.exitCode = 1
  }
}
