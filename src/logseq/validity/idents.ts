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

/** Returns true for the ident of a class. */
export function isClassIdent({namespace}: Keyword): boolean {
  return namespace?.includes('.class') ?? false
}

/** Returns true for the ident of a property of a user, or of a plugin. */
export function isUserPropertyIdent({namespace}: Keyword): boolean {
  return namespace?.includes('.property') ?? false
}

/** Returns true for the ident of a property that a plugin defines. */
export function isPluginPropertyIdent({namespace}: Keyword): boolean {
  return namespace?.startsWith('plugin.property.') ?? false
}

/** Returns true for an ident in a namespace of Logseq's own properties. */
export function isLogseqPropertyIdent({namespace}: Keyword): boolean {
  return BUILT_IN_PROPERTIES.has(namespace)
}

/** Returns true for the ident of a property of Logseq's own. */
export function isInternalPropertyIdent(ident: Keyword): boolean {
  return isLogseqPropertyIdent(ident) || BLOCK_PROPERTIES.has(ident)
}

/** Returns true for the ident of a setting, or of another value outside of entities. */
export function isSettingIdent(ident: Keyword): boolean {
  const {namespace} = ident
  return namespace === 'logseq.kv' || namespace === 'logseq.class' || isLogseqPropertyIdent(ident)
}

/** Returns true if the values of an attribute are those of a property of that ident. */
export function isAnyProperty(attribute: Keyword): boolean {
  return isUserPropertyIdent(attribute) || isLogseqPropertyIdent(attribute) || attribute === ALIAS || attribute === TAGS
}
