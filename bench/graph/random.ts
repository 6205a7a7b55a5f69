/** Random numbers that are the same each time: a linear congruential generator of 32 bits. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** From 0 up to, and without, a limit. */
  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) | 0
    return Math.floor(((this.#state >>> 0) / 2 ** 32) * limit)
  }

  /** Small numbers more often than large ones. */
  skewed(limit: number): number {
    return Math.min(this.below(limit), this.below(limit), this.below(limit))
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T
  }

  uuid(): string {
    const hex = Array.from({length: 8}, () => this.below(0x1_00_00).toString(16).padStart(4, '0'))
    return `${hex[0]}${hex[1]}-${hex[2]}-4${hex[3]?.slice(1)}-8${hex[4]?.slice(1)}-${hex[5]}${hex[6]}${hex[7]}`
  }
}
