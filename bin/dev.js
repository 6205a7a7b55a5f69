#!/usr/bin/env -S node --import tsx
import {main} from '../src/cli/main.ts'

// oclif then loads the commands from src instead of dist. The daemon is always the built one.
process.env['NODE_ENV'] = 'development'
await main(import.meta.url)
