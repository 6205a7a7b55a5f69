import {Interned} from './interned.js'

/** `:name` or `:namespace/name`. Made by `keyword`, which returns the same object for the same name. */
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

  toString(): string {
    return `:${this.fqn}`
  }
}

/** A symbol of EDN, such as the variables and functions of a query. Made by `symbol`. */
export class Sym {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  toString(): string {
    return this.name
  }
}

/** A UUID, in lower case. */
export class Uuid {
  readonly text: string

  constructor(text: string) {
    this.text = text.toLowerCase()
  }

  toString(): string {
    return this.text
  }
}

/** A regular expression as EDN has it, `#"..."`: its text, which nobody has compiled yet. */
export class Pattern {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }

  toString(): string {
    return `#"${this.source}"`
  }
}

const keywords = new Interned(Keyword)
const symbols = new Interned(Sym)

/** @param fqn without the colon: `block/title` */
export function keyword(fqn: string): Keyword {
  return keywords.get(fqn)
}

export function symbol(name: string): Sym {
  return symbols.get(name)
}

/** How many names were new until now. The difference of two readings is what was made in between. */
export function namesMade(): number {
  return keywords.made + symbols.made
}
