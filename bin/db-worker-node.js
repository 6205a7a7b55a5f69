#!/usr/bin/env node
const {default: isTooOld} = require('../dist/bundle/check-node.cjs')

if (!isTooOld()) void import('../dist/bundle/db-worker-node.js')
