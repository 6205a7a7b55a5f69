import {present} from '../../values/present.js'
import type {Uuid} from '../../values/scalars.js'
import type {ValueMap} from '../../values/types.js'
import {cleanTransaction} from '../storable/clean-transaction.js'
import {deleteBlocks} from './blocks/delete.js'
import {indentOutdent} from './blocks/indent.js'
import {insertBlocks} from './blocks/insert.js'
import {moveBlocks, moveUpDown} from './blocks/move.js'
import {saveBlock} from './blocks/save.js'
import {applyTemplate} from './blocks/template.js'
import {maps, one, type Operations, options, some} from './operation.js'
import {toggleReaction} from './reactions.js'

/** Operations on blocks. Each argument has a kind; there are as many as kinds. */
export const blockOperations: Operations = [
  [
    'save-block',
    {
      kinds: ['map', 'map?'],
      run: (draft, [block, opts]) => saveBlock(draft, block as ValueMap, options(opts)),
    },
  ],
  [
    'insert-blocks',
    {
      answers: true,
      kinds: ['maps', 'uuid', 'map?'],
      run: (draft, [blocks, target, opts], execution) =>
        insertBlocks(draft, maps(blocks), one(draft, target), options(opts), execution),
    },
  ],
  [
    'apply-template',
    {
      answers: true,
      kinds: ['uuid', 'uuid', 'map?'],
      run: (draft, [template, target, opts], execution) =>
        applyTemplate(draft, one(draft, template), one(draft, target), options(opts), execution),
    },
  ],
  [
    'delete-blocks',
    {
      kinds: ['uuids', 'map?'],
      run: (draft, [blocks], execution) => deleteBlocks(draft, some(draft, blocks), execution),
    },
  ],
  [
    'move-blocks',
    {
      kinds: ['uuids', 'uuid', 'map?'],
      run: (draft, [blocks, target, opts], execution) =>
        moveBlocks(draft, some(draft, blocks), one(draft, target), options(opts), execution),
    },
  ],
  [
    'move-blocks-up-down',
    {
      kinds: ['uuids', 'boolean'],
      run: (draft, [blocks, isUp], execution) => moveUpDown(draft, some(draft, blocks), isUp === true, execution),
    },
  ],
  [
    'indent-outdent-blocks',
    {
      kinds: ['uuids', 'boolean', 'map?'],
      run: (draft, [blocks, isIndent, opts], execution) =>
        indentOutdent(draft, some(draft, blocks), isIndent === true, options(opts), execution),
    },
  ],
  [
    'collapse-expand-blocks',
    {
      kinds: ['maps', 'map?'],
      run: (draft, [blocks], execution) => draft.transact(cleanTransaction(maps(blocks)), execution),
    },
  ],
  [
    'transact',
    {
      kinds: ['tx', 'map?'],
      run: (draft, [data], execution) => draft.transact(cleanTransaction(present(data)), execution),
    },
  ],
  [
    'toggle-reaction',
    {
      answers: true,
      kinds: ['uuid', 'text', 'uuid?'],
      run: (draft, [target, emoji, user], execution) =>
        toggleReaction(draft, one(draft, target), String(emoji), (user ?? null) as null | Uuid, execution),
    },
  ],
]
