import {refusal} from '../../engine/transact/refusal.js'
import {ServerError} from '../../lib/errors.js'

/** Logseq's messages for operations that its rules do not allow: by its own key, or by a name if it has none. */
const OBJECTIONS = {
  'block/built-in': ['error', "Built-in nodes can't be modified"],
  'block/private': ['error', "Built-in private nodes can't be modified"],
  'class.validation/built-in-extends-change': ['error', "Can't change the extends of a built-in tag"],
  'class.validation/cant-add-tag-on-built-in': ['error', `Can't add tag on built-in "{1}"`],
  'class.validation/cant-remove-private-tags': ['error', "Can't remove private tags: {1}."],
  'class.validation/cant-remove-tag-built-in': ['error', "Can't remove tag with built-in #{1}"],
  'class.validation/cant-remove-tag-on-built-in': ['error', `Can't remove tag on built-in "{1}"`],
  'class.validation/cant-set-tag-built-in': ['error', "Can't set tag with built-in #{1}"],
  'class.validation/duplicate': ['warning', 'Another tag named "{1}" already exists.'],
  'class.validation/extends-cycle': ['error', 'Tag extends cycle'],
  'class.validation/invalid-extends-type': [
    'error',
    "Can't extend this page since either it is not a tag or is extending from a page that is not a tag",
  ],
  'class.validation/parents-must-be-tags': ['warning', 'Cannot create this tag unless all parents are tags.'],
  'class.validation/tag-with-non-tag': ['error', `Can't set tag with built-in page that isn't a tag "{1}"`],
  'journal/page-cant-convert-warning': ['warning', "This page can't be changed to a journal page"],
  'node/built-in-cant-delete-error': ['error', "Built-in nodes can't be deleted."],
  'page.convert/block-parent-not-page': ['error', "Can't convert this block to page since its parent is not a page."],
  'page.convert/cant-be-block': ['error', 'Page "{1}" cannot be converted to a block'],
  'page.convert/cant-be-block-has-children': [
    'error',
    'Page "{1}" cannot be converted to a block because it has page children',
  ],
  'page.convert/cant-be-block-move-first': [
    'error',
    'Page "{1}" cannot be converted to a block, please move it to another page first',
  ],
  'page.convert/property-value-to-page': ['error', "Can't convert property value to page."],
  'page.validation/alias-batch-multiple-owners': ['error', "Aliases can't be batch-set on multiple pages."],
  'page.validation/alias-duplicate-owner': ['error', 'This page is already an alias of another page.'],
  'page.validation/alias-owns-aliases': ['error', "A page that has aliases can't be used as an alias."],
  'page.validation/alias-self': ['error', "Alias can't be the page itself."],
  'page.validation/alias-source-is-alias': [
    'error',
    "A page that is an alias of another page can't have its own aliases.",
  ],
  'page.validation/duplicate': ['warning', 'Another page named "{1}" already exists for tags: {2}'],
  'page.validation/name-blank': ['warning', "Page name can't be blank."],
  'page.validation/name-no-hash': ['warning', `Page name can't include "#".`],
  'page.validation/name-no-slash': ['warning', `Page name can't include "/".`],
  'page.validation/parents-must-be-pages': ['warning', 'Cannot create this page unless all parents are pages.'],
  'property.choice/already-exists': ['warning', 'Choice already exists.'],
  'property.choice/cant-delete-built-in': ['warning', "The choice can't be deleted because it's built-in."],
  'property.choice/invalid': ['warning', 'Invalid choice "{1}" for this property: ["{2}"].'],
  'property.validation/cant-convert-to-number': ['error', `Can't convert "{1}" to a number.`],
  'property.validation/cant-remove-required': ['error', "Can't remove required property."],
  'property.validation/cant-set-self-value': ['error', "Can't set this block itself as own property value."],
  'property.validation/duplicate': ['warning', 'Another property named "{1}" already exists.'],
  'property.validation/invalid-name': [
    'error',
    "This is an invalid property name. A property name cannot start with page reference characters '#' or '[['.",
  ],
  'property.validation/invalid-value': ['warning', 'Property validation failed: "{1}" {2}'],
  'property.validation/many-to-one': [
    'warning',
    "This property can't change from multiple values to one value because it has existing data.",
  ],
  'property.validation/protected': ['error', "Property is protected and can't be deleted."],
  'property/create-error': ['error', 'Property failed to create. Please try a different property name.'],
  'property/not-editable': ['error', "Can't change the given attributes for a built-in property"],
  'property/type-change': ['error', "This property's type can't be changed because it has existing data."],
} as const satisfies Record<string, readonly ['error' | 'warning', string]>

/** Those for which Logseq has no key of its own. */
const KEYLESS: ReadonlySet<string> = new Set([
  'block/built-in',
  'block/private',
  'property/not-editable',
  'property/type-change',
])

/** Returns the error of an operation that Logseq refuses with a notification. @param args what the text names */
export function objection(key: keyof typeof OBJECTIONS, ...args: string[]): ServerError {
  const [type, text] = OBJECTIONS[key]
  const message = text.replaceAll(/\{(\d)\}/g, (_, position: string) => args[Number(position) - 1] ?? '')
  const i18n = KEYLESS.has(key) ? {} : {'i18n-key': key, ...(args.length > 0 && {'i18n-args': args})}
  return new ServerError('validation-error', message, {details: {type, ...i18n}})
}

/** Returns the error of an operation that cannot be done. */
export function impossible(message: string): ServerError {
  return refusal('not-allowed', message)
}

/** Returns the error of an operation that would give the value of a number property a title. */
export function titleOfNumber(): ServerError {
  return impossible('A number has no title: set the property to another number')
}
