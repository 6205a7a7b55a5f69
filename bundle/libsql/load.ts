/**
 * Loads libsql from this bundle, and its native part from where the installed libsql finds it. Left to itself, libsql
 * spends more time than all else at a server's start on finding out which C library this machine has: it makes a
 * diagnostic report and loads child_process.
 */
export function loadLibsql(): unknown {
  return require('libsql')
}
