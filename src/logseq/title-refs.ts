import {UUID_PATTERN} from '../values/uuid-text.js'

/** A reference in a title, `[[UUID]]`; its UUID is the first group. */
export const TITLE_REF = new RegExp(String.raw`\[\[(${UUID_PATTERN})\]\]`, 'gi')

/** The same with the sign of a tag in front, if there is one: the sign is the first group, the UUID the second. */
export const TAG_OR_TITLE_REF = new RegExp(String.raw`(#?)\[\[(${UUID_PATTERN})\]\]`, 'gi')
