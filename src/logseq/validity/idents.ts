import {type Keyword, keyword} from '../../values/scalars.js'

/** The namespaces of the properties that Logseq itself has. */
const BUILT_IN_PROPERTIES: ReadonlySet<null | string> = new Set([
  'logseq.property',
  ...[
    'agent',
    'asset',
    'class',
    'code',
    'comments',
    'fsrs',
    'history',
    'journal',
    'linked-references',
    'node',
    'pdf',
    'publish',
    'reaction',
    'recycle',
    'repeat',
    'sync',
    'table',
    'tldraw',
    'user',
    'view',
  ].map((name) => `logseq.property.${name}`),
])

/** The attributes of blocks that are properties of Logseq's own as well. */
const BLOCK_PROPERTIES: ReadonlySet<Keyword> = new Set(
  [
    'alias',
    'closed-value-property',
    'collapsed?',
    'created-at',
    'journal-day',
    'link',
    'order',
    'page',
    'parent',
    'refs',
    'tags',
    'title',
    'updated-at',
  ].map((name) => keyword(`block/${name}`)),
)

const TAGS = keyword('block/tags')
const ALIAS = keyword('block/alias')

/** Is this the ident of a class? */
export function isClassIdent({namespace}: Keyword): boolean {
  return namespace?.includes('.class') ?? false
}

/** Is this the ident of a property of a user, or of a plugin? */
export function isUserPropertyIdent({namespace}: Keyword): boolean {
  return namespace?.includes('.property') ?? false
}

/** Returns true for the ident of a property that a plugin defines. */
export function isPluginPropertyIdent({namespace}: Keyword): boolean {
  return namespace?.startsWith('plugin.property.') ?? false
}

/** Is this in a namespace of Logseq's own properties? */
export function isLogseqPropertyIdent({namespace}: Keyword): boolean {
  return BUILT_IN_PROPERTIES.has(namespace)
}

/** Is this the ident of a property of Logseq's own? */
export function isInternalPropertyIdent(ident: Keyword): boolean {
  return isLogseqPropertyIdent(ident) || BLOCK_PROPERTIES.has(ident)
}

/** Is this the ident of a setting, or of another value that stands by itself? */
export function isSettingIdent(ident: Keyword): boolean {
  const {namespace} = ident
  return namespace === 'logseq.kv' || namespace === 'logseq.class' || isLogseqPropertyIdent(ident)
}

/** Are the values of this attribute values of a property, if there is one of that ident? */
export function isAnyProperty(attribute: Keyword): boolean {
  return isUserPropertyIdent(attribute) || isLogseqPropertyIdent(attribute) || attribute === ALIAS || attribute === TAGS
}
