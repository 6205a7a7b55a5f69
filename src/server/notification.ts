import {NO_LIMITS, runSync} from '../engine/task.js'
import {ServerError} from '../lib/errors.js'
import {keyword} from '../values/scalars.js'
import {type Value, ValueMap} from '../values/types.js'
import {encodeEvent} from './methods/encode.js'

const TYPE = 'notification'

/** Key under which Logseq's app finds its text for a write with an entity that is not valid. */
const INVALID_DATA = 'storage/invalid-data-writing'

/**
 * Makes the event that Logseq's clients show when a write is refused for what it says.
 * @returns undefined for any other error
 */
export function notificationOf(error: unknown): readonly Buffer[] | undefined {
  if (!(error instanceof ServerError)) return undefined
  const {code, details, message} = error
  if (code === 'validation-error')
    return event([message, keyword(String(details['type'])), null, null, null, translation(details)])
  if (details['reason'] !== 'invalid-entity') return undefined
  return event([null, keyword('error'), null, null, null, new ValueMap([[keyword('i18n-key'), keyword(INVALID_DATA)]])])
}

function translation({'i18n-args': args, 'i18n-key': key}: Record<string, unknown>): null | ValueMap {
  if (typeof key !== 'string') return null
  const map = new ValueMap([[keyword('i18n-key'), keyword(key)]])
  return Array.isArray(args) ? map.set(keyword('i18n-args'), args as Value) : map
}

function event(payload: Value): readonly Buffer[] {
  return runSync(encodeEvent(TYPE, [keyword(TYPE), payload], NO_LIMITS))
}
