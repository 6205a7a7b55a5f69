import type {Keyword} from '../../values/scalars.js'
import type {Value} from '../../values/types.js'

/** The attributes that a pull takes of an entity. */
export interface Selector {
  attributes: readonly SelectedAttribute[]
  /** `*`: all attributes that are not selected by name. */
  wildcard: boolean
}

export interface SelectedAttribute {
  attribute: Keyword
  /** Key of the value in the result. */
  as: Value
  /** Value to use if missing. */
  default: undefined | Value
  /** Maximum number of values. */
  limit: number
  /** Selector for the entities that are the values. */
  of: Selector | undefined
  /** Number of levels to which the surrounding selector is applied. */
  recursion: number | undefined
  /** `:a/_b`: the entities that have this one as a value of `:a/b`, which is `attribute`. */
  reverse: boolean
}

/** Default number of values of an attribute with many, as in DataScript. */
const DEFAULT_LIMIT = 1000

/** Selects a whole attribute, without options. */
export function wholeAttribute(attribute: Keyword): SelectedAttribute {
  return {
    attribute,
    as: attribute,
    default: undefined,
    limit: DEFAULT_LIMIT,
    of: undefined,
    recursion: undefined,
    reverse: false,
  }
}
