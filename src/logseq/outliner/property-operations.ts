import type {Database} from '../../engine/database.js'
import {present} from '../../values/present.js'
import type {Keyword} from '../../values/scalars.js'
import type {ValueMap} from '../../values/types.js'
import {A} from '../attributes.js'
import {isOn} from './given-maps.js'
import {ident, one, type Operations, options, some} from './operation.js'
import {deleteChoice, upsertChoice, valuesToChoices} from './properties/choices.js'
import {addClassProperty, removeClassProperty} from './properties/classes.js'
import {upsertProperty} from './properties/define.js'
import {describeEntity} from './properties/describe.js'
import {batchRemoveProperty, deleteValue, removeProperty} from './properties/remove.js'
import {batchSetProperty, setBlockProperty} from './properties/set.js'
import {createTextBlock} from './properties/text-block.js'

/** Operations on properties. Each argument has a kind; there are as many as kinds. */
export const propertyOperations: Operations = [
  [
    'upsert-property',
    {
      answers: true,
      kinds: ['ident?', 'map', 'map?'],
      act(draft, [name, schema, opts]) {
        const known = name instanceof Object ? draft.byIdent(ident(name)) : undefined
        const title = known === undefined ? undefined : draft.text(known, A.title)
        const e = upsertProperty(draft, (name ?? null) as Keyword | null, schema as ValueMap, options(opts))
        return (db: Database) => describeEntity(db, e, title)
      },
    },
  ],
  [
    'set-block-property',
    {
      kinds: ['uuid', 'ident', 'any'],
      run: (draft, [block, name, value], execution) =>
        setBlockProperty(draft, one(draft, block), ident(name), value ?? null, execution),
    },
  ],
  [
    'remove-block-property',
    {
      kinds: ['uuid', 'ident'],
      run: (draft, [block, name], execution) =>
        removeProperty(draft, some(draft, [present(block)]), ident(name), execution),
    },
  ],
  [
    'delete-property-value',
    {
      kinds: ['uuid', 'ident', 'any'],
      run: (draft, [block, name, value], execution) =>
        deleteValue(draft, some(draft, [present(block)]), ident(name), value ?? null, execution),
    },
  ],
  [
    'batch-delete-property-value',
    {
      kinds: ['uuids', 'ident', 'any'],
      run: (draft, [blocks, name, value], execution) =>
        deleteValue(draft, some(draft, blocks), ident(name), value ?? null, execution),
    },
  ],
  [
    'create-property-text-block',
    {
      kinds: ['uuid?', 'ident', 'any', 'map?'],
      act(draft, [block, name, value, opts]) {
        const owner = block === null ? undefined : one(draft, block)
        if (block === null || owner !== undefined)
          createTextBlock(draft, owner, ident(name), value ?? null, options(opts))
      },
    },
  ],
  ['collapse-expand-block-property', {kinds: ['uuid', 'ident', 'boolean'], act() {}}],
  [
    'batch-set-property',
    {
      kinds: ['uuids', 'ident', 'any', 'map?'],
      run: (draft, [blocks, name, value, opts], execution) =>
        batchSetProperty(draft, some(draft, blocks), ident(name), value ?? null, {
          isEntity: isOn(options(opts), 'entity-id?'),
          execution,
        }),
    },
  ],
  [
    'batch-remove-property',
    {
      kinds: ['uuids', 'ident'],
      run: (draft, [blocks, name], execution) =>
        batchRemoveProperty(draft, some(draft, blocks), ident(name), execution),
    },
  ],
  [
    'class-add-property',
    {
      kinds: ['uuid', 'ident'],
      act(draft, [block, name]) {
        addClassProperty(draft, one(draft, block), ident(name))
      },
    },
  ],
  [
    'class-remove-property',
    {
      kinds: ['uuid', 'ident'],
      act(draft, [block, name]) {
        removeClassProperty(draft, one(draft, block), ident(name))
      },
    },
  ],
  [
    'upsert-closed-value',
    {
      kinds: ['ident', 'map?'],
      act(draft, [name, opts]) {
        upsertChoice(draft, ident(name), options(opts))
      },
    },
  ],
  [
    'delete-closed-value',
    {
      kinds: ['ident', 'uuid'],
      run: (draft, [name, choice], execution) => deleteChoice(draft, ident(name), one(draft, choice), execution),
    },
  ],
  [
    'add-existing-values-to-closed-values',
    {
      kinds: ['ident', 'uuids'],
      run: (draft, [name, values], execution) => valuesToChoices(draft, ident(name), some(draft, values), execution),
    },
  ],
]
