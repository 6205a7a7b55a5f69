/**
 * Replacement of the streams of pino, in files and threads of their own: the server's log is written by src/server/log.ts, at
 * once. Loading them takes more time than the rest of pino.
 */
module.exports = class UnusedStream {
  constructor() {
    throw new Error('This bundle has none of the streams of pino')
  }
}
