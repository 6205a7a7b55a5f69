/** Levels of the server's log, from the most to the least detailed. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

/** Lowest level of messages that the server logs. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Level of a server that was started without `--log-level`. */
export const DEFAULT_LOG_LEVEL: LogLevel = 'info'

/** Returns the level of a name, or undefined if the name is not a level. */
export function parseLogLevel(name: string | undefined): LogLevel | undefined {
  return LOG_LEVELS.find((level) => level === name)
}
