import type {Keyword} from '../../values/scalars.js'
import type {Value} from '../../values/types.js'

/** What a pull takes of an entity. */
export interface Selector {
  attributes: readonly SelectedAttribute[]
  /** `*`: all attributes that are not selected by name. */
  wildcard: boolean
}

export interface SelectedAttribute {
  attribute: Keyword
  /** Under which key the value comes. */
  as: Value
  /** What comes in the place of no value. */
  default: undefined | Value
  /** How many values at most. */
  limit: number
  /** What is taken of the entities that are the values. */
  of: Selector | undefined
  /** How many levels of them are taken by the selector around this. */
  recursion: number | undefined
  /** `:a/_b`: the entities that have this one as a value of `:a/b`, which is `attribute`. */
  reverse: boolean
}

/** Of an attribute with many values so many are taken, unless told otherwise; as DataScript has it. */
const DEFAULT_LIMIT = 1000

/** An attribute of which nothing particular is said. */
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
