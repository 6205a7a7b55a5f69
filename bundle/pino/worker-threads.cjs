/** Replacement of `worker_threads`, of which pino uses only this. The server has one thread. */
module.exports = {isMainThread: true}
