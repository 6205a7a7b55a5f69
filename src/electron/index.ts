/** The servers of a desktop app: for its main process. Knows nothing of Electron but what it is given. */
export {type ErrorCode, ServerError} from '../lib/errors.js'
export {attachToApp, type QuittingApp} from './attach.js'
export {createDbWorkerManager, type DbWorkerManager, type ManagerOptions} from './manager.js'
export {describeOwnership} from './ownership.js'
export type {GraphState, GraphStatus, ManagedRuntime, ManagerEvent, WindowId} from './types.js'
