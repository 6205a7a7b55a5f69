#!/usr/bin/env node
import isTooOld from '../dist/lib/check-node.js'

if (!isTooOld()) void import('../dist/bundle/db-worker-node.js')
