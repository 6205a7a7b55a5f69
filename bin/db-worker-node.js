#!/usr/bin/env node
import '../dist/bundle/db-worker-node.js'
