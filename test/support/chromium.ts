import {existsSync} from 'node:fs'

/** A Chromium of this machine; undefined where there is none. `CHROMIUM` names one. */
export const CHROMIUM = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path))
