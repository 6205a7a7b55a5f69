/**
 * Library behind the commands: each operation of the command line as a function.
 * @module lib
 */
export {backUpGraph, type BackupOptions, type BackupResult, graphBackups} from './client/backup.js'
export {checkGraph, type CheckOptions, type CheckResult, type Validity} from './client/check.js'
export {Client} from './client/client.js'
export type {EventOptions, GraphEvent} from './client/events.js'
export type {ClientOptions, InvokeOptions} from './client/options.js'
export type {TakeItems} from './client/passed-items.js'
export {exportGraph, type ExportOptions, type ExportResult} from './client/export.js'
export {diagnose, type DoctorOptions, type DoctorResult} from './doctor/doctor.js'
export type {Finding, FindingCode, Level} from './doctor/findings.js'
export {type ErrorCode, type ErrorOptions, ERRORS, ServerError} from './errors.js'
export type {BackupKind, Backup} from './files/backups.js'
export {describeGraphs, type GraphList, type ListedGraph} from './graphs/list.js'
export {createGraph} from './graph-operations/create.js'
export {importGraph, type ImportOptions, type ImportResult} from './graph-operations/import.js'
export {graphInfo, type GraphInfo} from './client/info.js'
export type {LogLine} from './lifecycle/log-lines.js'
export {type EnvironmentResult, serverEnvironment} from './lifecycle/environment.js'
export {followLogs, type LogOptions, type LogResult, readLogs} from './lifecycle/logs.js'
export type {OwnerProcess, Requester} from './lock/owner.js'
export type {Lifetime, OwnerSource} from './lock/record.js'
export type {LogLevel} from './log-level.js'
export type {Reporter, ServerOptions, StartOptions} from './lifecycle/operation.js'
export {
  removeGraph,
  type RemovalPlan,
  type RemoveGraphOptions,
  type RemoveGraphResult,
} from './graph-operations/remove.js'
export {removeBackups, type RemoveOptions, type RemoveResult} from './graph-operations/remove-backups.js'
export {renameGraph, type RenameGraphOptions, type RenameGraphResult} from './graph-operations/rename.js'
export {restartServer} from './lifecycle/restart.js'
export type {OtherBuild} from './lifecycle/other-build.js'
export {
  type RestartAllOptions,
  type RestartAllResult,
  type RestartOutcome,
  restartOutdated,
  restartServers,
} from './lifecycle/restart-all.js'
export type {
  ListResult,
  NotRunningResult,
  Runtime,
  StartResult,
  Status,
  StatusResult,
  StopResult,
} from './lifecycle/results.js'
export type {Clients} from './lifecycle/inspect/reported-use.js'
export {type RunOptions, type RunResult, runServer} from './lifecycle/run.js'
export {restoreGraph, type RestoreOptions, type RestorePlan, type RestoreResult} from './graph-operations/restore.js'
export {startServer} from './lifecycle/start.js'
export {type ListOptions, listServers, serverStatus} from './lifecycle/status.js'
export {differs, watchServers} from './lifecycle/watch.js'
export {type AllOptions, type FailedOutcome, type ListedServer, listEverywhere} from './lifecycle/all-servers.js'
export {type StopAllResult, type StopOutcome, stopServers} from './lifecycle/stop-all.js'
export {stopIfRunning, stopServer} from './lifecycle/stop.js'
export type {ScanOutcome} from './process/scan.js'
export {EdnError, readEdn} from '../values/edn-read.js'
export {writeEdn} from '../values/edn-write.js'
export {fromJson, JsonValueError, toJson} from '../values/json.js'
export {Keyword, keyword, Pattern, Sym, symbol, Uuid} from '../values/scalars.js'
export type {CollectionKind} from '../values/transit.js'
export {equal, List, Tagged, type Value, ValueMap, ValueSet} from '../values/types.js'
export type {Json, JsonMap, MethodArguments, MethodName, MethodResult} from '../protocol/methods/types.js'
