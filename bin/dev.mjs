#!/usr/bin/env -S node --import tsx
import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {Plugin} from '@oclif/core'

import {main} from '../src/cli/main.ts'

// The commands are those of src as they are now, whatever was built. The server is always the built one.
const root = fileURLToPath(new URL('..', import.meta.url))
const pjson = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
pjson.oclif.commands = './src/commands' // not the bundles
const options = {ignoreManifest: true, isRoot: true, name: pjson.name, pjson, root}
const plugin = new Plugin({...options, type: 'core'})
await plugin.load()
await main({...options, plugins: new Map([[plugin.name, plugin]])})
