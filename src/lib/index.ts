/** The library behind the commands: what they do, a program can do too. */
export {type ErrorCode, ERRORS, ServerError} from './errors.js'
export type {OwnerProcess, Requester} from './lock/owner.js'
export type {Reporter, ServerOptions, StartOptions} from './server/operation.js'
export {restartServer} from './server/restart.js'
export type {ListResult, Runtime, StartResult, Status, StatusResult, StopResult} from './server/results.js'
export {startServer} from './server/start.js'
export {type ListOptions, listServers, serverStatus} from './server/status.js'
export {stopServer} from './server/stop.js'
