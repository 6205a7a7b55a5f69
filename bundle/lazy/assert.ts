/** The part of `assert` that signal-exit uses for an argument of proper-lockfile's. The module is loaded only to fail. */
export function equal(actual: unknown, expected: unknown, message?: string): void {
  if (actual !== expected) process.getBuiltinModule('node:assert').equal(actual, expected, message)
}
