/** Receives a part of a response. More is read when it has returned. */
export type OnPart = (part: Uint8Array) => Promise<void>

/** Passes on the parts of a response, and distinguishes a failure of their receiver from one of the connection. */
export class Parts {
  /** True once a part was passed on. */
  begun = false
  #failed: undefined | {error: unknown}
  /** Options of a request whose parts are passed on; empty if they have no receiver. */
  readonly options: {onPart?: OnPart}

  constructor(pass: OnPart | undefined) {
    this.options = pass ? {onPart: async (part) => this.#pass(pass(part))} : {}
  }

  /** @throws what the receiver threw, as it is: an EPIPE of its own is not a broken connection */
  throwIfFailed(): void {
    if (this.#failed) throw this.#failed.error
  }

  async #pass(passing: Promise<void> | undefined): Promise<void> {
    this.begun = true
    try {
      await passing
    } catch (error) {
      this.#failed = {error}
      throw error
    }
  }
}
