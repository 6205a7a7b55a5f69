import {present} from '../../values/present.js'
import {Keyword, Sym} from '../../values/scalars.js'
import {List, type Value, ValueMap} from '../../values/types.js'
import {invalidQuery, unexpectedForm} from '../invalid-query.js'
import {readText} from '../query-text.js'
import {forwardOf} from '../reverse-attribute.js'
import {type SelectedAttribute, type Selector, wholeAttribute} from './selector.js'

const MAX_LEVELS = 50

/** Maximum number of attributes in the selectors of a request, with those of nested ones: each is read, checked and looked up. */
const MAX_ATTRIBUTES = 1000

/** Counts the attributes of selectors while they are read. */
export interface Counted {
  attributes: number
}

/**
 * Reads a pull selector: `[:a :b/_c {:d [*]} [:e :as "e"]]`, as EDN text or a form.
 * @param counted counts the attributes of several selectors together
 * @throws ServerError `invalid-query`
 */
export function parseSelector(selector: Value, counted?: Counted): Selector {
  return parse(typeof selector === 'string' ? readText(selector) : selector, 0, counted ?? {attributes: 0})
}

function parse(form: Value, level: number, counted: Counted): Selector {
  if (!isSequence(form) || itemsOf(form).length === 0) throw unexpectedForm('a selector, a vector of attributes', form)
  if (level > MAX_LEVELS) throw invalidQuery(`selectors are nested more than ${MAX_LEVELS} deep`)
  const attributes: SelectedAttribute[] = []
  let wildcard = false
  const read = (item: Value) => {
    if (++counted.attributes > MAX_ATTRIBUTES)
      throw invalidQuery(`selectors may name at most ${MAX_ATTRIBUTES} attributes, with those of nested ones`)
    return parseAttribute(item)
  }

  for (const item of itemsOf(form)) {
    if (isStar(item)) wildcard = true
    else if (item instanceof ValueMap)
      for (const [key, of] of item) attributes.push(withNested(read(key), of, {counted, form: item, level}))
    else attributes.push(read(item))
  }

  return {attributes, wildcard}
}

function isSequence(form: Value): form is List | readonly Value[] {
  return Array.isArray(form) || form instanceof List
}

function itemsOf(form: List | readonly Value[]): readonly Value[] {
  return form instanceof List ? form.items : form
}

function isStar(form: Value): boolean {
  return form === '*' || (form instanceof Sym && form.name === '*') || (form instanceof Keyword && form.fqn === '*')
}

/** The value in a map: a selector of its own, or how deep the selector around it goes on. */
function withNested(
  attribute: SelectedAttribute,
  form: Value,
  place: {counted: Counted; form: Value; level: number},
): SelectedAttribute {
  if (form instanceof Sym && form.name === '...') return {...attribute, recursion: Number.POSITIVE_INFINITY}
  if (form === '...') return {...attribute, recursion: Number.POSITIVE_INFINITY}
  if (typeof form !== 'number') return {...attribute, of: parse(form, place.level + 1, place.counted)}
  if (!Number.isInteger(form) || form < 1)
    throw invalidQuery('expected a whole number from 1 as the depth in', place.form)
  return {...attribute, recursion: form}
}

/** `:a`, `[:a :as "b" :limit 10 :default 1]`, `(limit :a 10)`, `(default :a 1)`. */
function parseAttribute(form: Value): SelectedAttribute {
  if (form instanceof Keyword) return selected(form)
  const items = isSequence(form) ? itemsOf(form) : []
  const [first, ...rest] = items
  const name = first instanceof Sym ? first.name : first
  if ((name === 'limit' || name === 'default') && items.length === 3) {
    const inner = parseAttribute(items[1]!)
    return withOption(inner, name, items[2]!, form)
  }

  if (items.length === 0 || items.length % 2 === 0)
    throw unexpectedForm('an attribute, with or without options, in a selector', form)
  let attribute = parseAttribute(present(first))
  for (let i = 0; i < rest.length; i += 2) {
    const option = rest[i]
    if (!(option instanceof Keyword)) throw unexpectedForm('an attribute, with or without options, in a selector', form)
    attribute = withOption(attribute, option.fqn, rest[i + 1]!, form)
  }

  return attribute
}

function withOption(attribute: SelectedAttribute, option: string, value: Value, form: Value): SelectedAttribute {
  switch (option) {
    case 'as':
      return {...attribute, as: value}
    case 'default':
      return {...attribute, default: value}
    case 'limit':
      if (value === null) return {...attribute, limit: Number.POSITIVE_INFINITY}
      if (typeof value !== 'number' || !Number.isInteger(value) || value < 1)
        throw invalidQuery('expected a whole number from 1, or nil, as the limit in', form)
      return {...attribute, limit: value}
    case 'xform':
      throw invalidQuery('functions in a selector are not supported', form)
    default:
      throw invalidQuery(`unknown option ${option}`, form)
  }
}

function selected(key: Keyword): SelectedAttribute {
  const attribute = forwardOf(key)
  return attribute ? {...wholeAttribute(attribute), as: key, reverse: true} : wholeAttribute(key)
}
