#!/usr/bin/env node
import isTooOld from '../dist/lib/check-node.js'

// An old Node.js has to be able to read this: no newer syntax, and nothing else is imported before the check.
// Our own commands come in one file, which starts twice as fast; everything else goes the ordinary way of oclif.
const COMMANDS = {
  completion: [],
  graph: ['backup', 'check', 'create', 'export', 'import', 'list', 'restore'],
  invoke: [],
  query: [],
  server: ['list', 'restart', 'start', 'status', 'stop'],
  version: [],
}

async function start() {
  const [topic, command] = process.argv.slice(2)
  if (topic === '__complete') return import('../dist/bundle/complete.js')
  const commands = Object.entries(COMMANDS).filter(([name]) => name === topic)
  const bundled = commands.some(([, names]) => names.length === 0 || names.includes(command))
  if (bundled && !process.argv.includes('--help') && !process.argv.includes('-h'))
    return import('../dist/bundle/logseq.js')
  const {main} = await import('../dist/cli/main.js')
  return main(import.meta.url)
}

// What cannot be loaded cannot say why.
if (!isTooOld()) {
  // eslint-disable-next-line unicorn/prefer-top-level-await -- an old Node.js cannot read it
  start().catch((error) => {
    if (error.code !== 'EMFILE' && error.code !== 'ENFILE') throw error
    process.stderr.write(
      'Error (too-many-open-files): No more files can be opened\nHint: Allow more open files: ulimit -n 4096\n',
    )
    process.exitCode = 5
  })
}
