#!/usr/bin/env node
// The server commands come in one file, which starts twice as fast; everything else goes the ordinary way of oclif.
const [topic, command] = process.argv.slice(2)
const bundled = topic === 'server' && ['list', 'restart', 'start', 'status', 'stop'].includes(command)

if (bundled && !process.argv.includes('--help')) {
  await import('../dist/bundle/logseq.js')
} else {
  const {main} = await import('../dist/cli/main.js')
  await main(import.meta.url)
}
