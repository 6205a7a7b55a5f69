/**
 * Library behind the commands: each operation of the command line as a function.
 * @module lib
 */
export {Client, type InvokeOptions, type TakeItems} from './client/client.js'
export {type ErrorCode, type ErrorOptions, ERRORS, ServerError} from './errors.js'
export type {OwnerProcess, Requester} from './lock/owner.js'
export type {Lifetime, OwnerSource} from './lock/record.js'
export type {LogLevel} from './log-level.js'
export type {Reporter, ServerOptions, StartOptions} from './lifecycle/operation.js'
export {restartServer} from './lifecycle/restart.js'
export type {ListResult, Runtime, StartResult, Status, StatusResult, StopResult} from './lifecycle/results.js'
export {startServer} from './lifecycle/start.js'
export {type ListOptions, listServers, serverStatus} from './lifecycle/status.js'
export {stopServer} from './lifecycle/stop.js'
export type {ScanOutcome} from './process/scan.js'
export {EdnError, readEdn} from '../values/edn-read.js'
export {writeEdn} from '../values/edn-write.js'
export {fromJson, JsonValueError, toJson} from '../values/json.js'
export {Keyword, keyword, Pattern, Sym, symbol, Uuid} from '../values/scalars.js'
export type {CollectionKind} from '../values/transit.js'
export {equal, List, Tagged, type Value, ValueMap, ValueSet} from '../values/types.js'
