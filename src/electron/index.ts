/**
 * Manager of the servers of a desktop app, for its main process. It imports nothing of Electron.
 * @module electron
 */
export {type ErrorCode, type ErrorOptions, ServerError} from '../lib/errors.js'
export type {Lifetime, OwnerSource} from '../lib/lock/record.js'
export {attachToApp, type QuittingApp} from './attach.js'
export {createDbWorkerManager, type DbWorkerManager, type ManagerOptions} from './manager.js'
export {describeOwnership} from './ownership.js'
export type {GraphState, GraphStatus, ManagedRuntime, ManagerEvent, WindowId} from './types.js'
