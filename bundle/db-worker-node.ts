import {main} from '../src/server/main.js'

/** Resolves when the server is ready. It does not if it fails before, or does something else. */
export const ready = new Promise<void>((resolve) => {
  void main(process.argv.slice(2), resolve).then((code) => process.exit(code))
})
