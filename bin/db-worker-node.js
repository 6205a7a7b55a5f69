#!/usr/bin/env node
// An old Node.js has to be able to read this, and to say that it is too old.
require('../dist/bundle/start-worker.cjs')
