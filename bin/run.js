#!/usr/bin/env node
// An old Node.js has to be able to read this, and to say that it is too old.
const start = async () => require('../dist/bundle/start.cjs').started

// What cannot be loaded cannot say why.
start().catch((error) => {
  if (error.code !== 'EMFILE' && error.code !== 'ENFILE') throw error
  process.stderr.write(
    'Error (too-many-open-files): No more files can be opened\nHint: Allow more open files: ulimit -n 4096\n',
  )
  process.exitCode = 5
})
