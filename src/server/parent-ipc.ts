/** Message of a server to the process that started it. */
export type ParentMessage =
  | {created: boolean; 'lock-id': string; port: number; ready: true; 'unclean-end'?: object}
  | {error: {code: string; details?: Record<string, unknown>; hint?: string; message: string}}

/** Returns true if a program started this server and waits for its message; false if it was started by hand. */
export function hasParentChannel(): boolean {
  return process.send !== undefined
}

/**
 * Sends the parent one message and disconnects. It is not an error if the parent is dead.
 * @param stays keep the channel, whose end then shows that the parent is dead
 */
export function notifyParent(message: ParentMessage, stays = false): Promise<void> {
  return new Promise((resolve) => {
    if (!process.send || !process.connected) {
      resolve()
      return
    }

    process.send(message, () => {
      if (process.connected && !stays) process.disconnect()
      resolve()
    })
  })
}
