import {checkAttribute, type Warn} from '../attributes.js'
import type {Database} from '../database.js'
import type {Selector} from './selector.js'

/** Warns of unknown attributes in a selector, however deep. */
export function checkSelector(db: Database, selector: Selector, warn: Warn): void {
  for (const {attribute, of} of selector.attributes) {
    checkAttribute(db, attribute, warn)
    if (of) checkSelector(db, of, warn)
  }
}
