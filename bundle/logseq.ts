import '../src/cli/nameless-user.js'

import {type Command} from '@oclif/core/command'
import {Plugin} from '@oclif/core/config'

import manifest from '../oclif.manifest.json' with {type: 'json'}
import pjson from '../package.json' with {type: 'json'}
import {main} from '../src/cli/main.js'
import {PACKAGE_ROOT} from '../src/lib/package-root.js'

/** The commands in this bundle. A test compares them with the manifest. */
const COMMANDS: Record<string, () => Promise<{default: Command.Class}>> = {
  completion: () => import('../src/commands/completion.js'),
  'graph:backup': () => import('../src/commands/graph/backup.js'),
  'graph:backup:remove': () => import('../src/commands/graph/backup/remove.js'),
  'graph:check': () => import('../src/commands/graph/check.js'),
  'graph:create': () => import('../src/commands/graph/create.js'),
  'graph:export': () => import('../src/commands/graph/export.js'),
  'graph:import': () => import('../src/commands/graph/import.js'),
  'graph:list': () => import('../src/commands/graph/list.js'),
  'graph:restore': () => import('../src/commands/graph/restore.js'),
  invoke: () => import('../src/commands/invoke.js'),
  query: () => import('../src/commands/query.js'),
  'server:list': () => import('../src/commands/server/list.js'),
  'server:restart': () => import('../src/commands/server/restart.js'),
  'server:start': () => import('../src/commands/server/start.js'),
  'server:status': () => import('../src/commands/server/status.js'),
  'server:stop': () => import('../src/commands/server/stop.js'),
  version: () => import('../src/commands/version.js'),
}

/** This package as an oclif plugin whose package.json, manifest and commands are in the bundle: loading it reads no file. */
class BundledPlugin extends Plugin {
  override async findCommand(id: string): Promise<Command.Class> {
    const {default: command} = await COMMANDS[id]!()
    command.id = id
    command.plugin = this
    return command
  }

  override async load(): Promise<void> {
    this.type = 'core'
    this.isRoot = true
    this.root = PACKAGE_ROOT
    this.pjson = this.options.pjson!
    this.moduleType = 'module'
    this.name = pjson.name
    this.alias = pjson.name
    this.version = pjson.version
    this.valid = true
    this.hooks = {}
    this.hasManifest = true
    this.manifest = manifest as unknown as Plugin['manifest']
    this.commandIDs = Object.keys(COMMANDS)
    this.commands = Object.entries(this.manifest.commands).map(([id, command]) => ({
      ...command,
      load: async () => this.findCommand(id),
      pluginAlias: this.alias,
      pluginType: this.type,
    }))
  }
}

const options = {pjson: pjson as unknown as Plugin['pjson'], root: PACKAGE_ROOT}
const plugin = new BundledPlugin({...options, isRoot: true, name: pjson.name, type: 'core'})
await plugin.load()
await main({...options, plugins: new Map([[plugin.name, plugin]])})
