import {Interned} from './interned.js'

/** Keyword, `:name` or `:namespace/name`. Created by `keyword`, which returns the same object for the same name. */
export class Keyword {
  /** `namespace/name`, or `name` alone. */
  readonly fqn: string
  readonly name: string
  readonly namespace: null | string

  constructor(fqn: string) {
    const slash = fqn.length > 1 ? fqn.indexOf('/') : -1
    this.fqn = fqn
    this.namespace = slash > 0 ? fqn.slice(0, slash) : null
    this.name = slash > 0 ? fqn.slice(slash + 1) : fqn
  }

  /** Returns the keyword as EDN, with its colon. */
  toString(): string {
    return `:${this.fqn}`
  }
}

/** EDN symbol, such as a variable or function of a query. Created by `symbol`. */
export class Sym {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  /** Returns the symbol as EDN. */
  toString(): string {
    return this.name
  }
}

/** UUID, in lower case. */
export class Uuid {
  readonly text: string

  constructor(text: string) {
    this.text = text.toLowerCase()
  }

  /** Returns the 36 characters of the UUID. */
  toString(): string {
    return this.text
  }
}

/** Source text of an EDN regular expression, `#"..."`. It is compiled when a query uses it. */
export class Pattern {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }

  /** Returns the pattern as EDN. */
  toString(): string {
    return `#"${this.source}"`
  }
}

const keywords = new Interned(Keyword)
const symbols = new Interned(Sym)

/**
 * Returns the keyword of a name.
 * @param fqn name without the colon, such as `block/title`
 */
export function keyword(fqn: string): Keyword {
  return keywords.get(fqn)
}

/** Returns the symbol of a name. */
export function symbol(name: string): Sym {
  return symbols.get(name)
}

/** Returns how many keywords and symbols were created so far. */
export function namesMade(): number {
  return keywords.made + symbols.made
}
