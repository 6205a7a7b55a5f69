/** Replacement of `node:module`, which loads the modules for ES modules: a bundle has a `require` of its own. */
export const createRequire = (): NodeJS.Require => require
