#!/usr/bin/env node
// Our own commands come in one file, which starts twice as fast; everything else goes the ordinary way of oclif.
const COMMANDS = {
  completion: [],
  graph: ['backup', 'check', 'create', 'export', 'list', 'restore'],
  invoke: [],
  query: [],
  server: ['list', 'restart', 'start', 'status', 'stop'],
  version: [],
}
const [topic, command] = process.argv.slice(2)
const commands = Object.hasOwn(COMMANDS, topic ?? '') ? COMMANDS[topic] : undefined
const bundled = commands !== undefined && (commands.length === 0 || commands.includes(command))

if (topic === '__complete') {
  await import('../dist/bundle/complete.js')
} else if (bundled && !process.argv.includes('--help') && !process.argv.includes('-h')) {
  await import('../dist/bundle/logseq.js')
} else {
  const {main} = await import('../dist/cli/main.js')
  await main(import.meta.url)
}
