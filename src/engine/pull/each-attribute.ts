import type {Keyword} from '../../values/scalars.js'
import type {Selector} from './selector.js'

/** Calls a function with each attribute that a selector names, however deep. */
export function eachAttribute(selector: Selector, act: (attribute: Keyword) => void): void {
  for (const {attribute, of} of selector.attributes) {
    act(attribute)
    if (of) eachAttribute(of, act)
  }
}
