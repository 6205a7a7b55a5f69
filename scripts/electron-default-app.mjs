// What Electron runs when it is called with the directory of an app, as its own default app does. A module, since Electron
// then waits with its `ready` until the app has been loaded.
import {readFileSync} from 'node:fs'
import {join, resolve} from 'node:path'
import {pathToFileURL} from 'node:url'
import {app} from 'electron'

const given = process.argv.findIndex((word, i) => i > 0 && !word.startsWith('-'))
if (given === -1) {
  console.error('usage: electron [SWITCHES] DIRECTORY')
  app.exit(64)
} else {
  const path = resolve(process.argv[given])
  process.argv.splice(1, given, process.argv[given])
  const {main = 'index.js', name, productName, version} = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
  app.setName(productName ?? name)
  if (version) app.setVersion(version)
  app.setAppPath(path)
  process.defaultApp = true
  await import(pathToFileURL(join(path, main)).href)
}
