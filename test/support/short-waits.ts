/** Waits of more than ten seconds pass this many times faster. */
const FASTER = 20

/** Runs `act` while long timers of this process are short: a test of a timeout does not take the whole time. */
export async function withShortWaits<T>(act: () => Promise<T>): Promise<T> {
  const {setTimeout} = globalThis
  globalThis.setTimeout = ((ring: () => void, ms: number) =>
    setTimeout(ring, ms > 10_000 ? ms / FASTER : ms)) as typeof setTimeout
  try {
    return await act()
  } finally {
    globalThis.setTimeout = setTimeout
  }
}
