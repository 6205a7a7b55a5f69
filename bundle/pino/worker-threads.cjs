/** In the place of `worker_threads`, of which pino asks this alone. The server has one thread. */
module.exports = {isMainThread: true}
