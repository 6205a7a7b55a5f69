import type {createRequire as createRequireOfNode} from 'node:module'

/** The part of `node:module` that commands use, loaded on the first call: most commands open no database. */
export const createRequire: typeof createRequireOfNode = (from) =>
  process.getBuiltinModule('node:module').createRequire(from)
