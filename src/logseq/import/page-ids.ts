import {present} from '../../values/present.js'
import {keyword, Uuid} from '../../values/scalars.js'
import {A} from '../attributes.js'
import {journalUuid} from '../derived-uuids.js'
import {DEFAULT_TITLE_FORMAT, journalTitle} from '../journal-title.js'
import {blockName} from '../names.js'
import type {Builder, Id} from './builder.js'
import type {PageForm} from './form.js'
import {ImportRefused} from './refusal.js'

const TITLE_FORMAT = keyword('logseq.property.journal/title-format')

/** The pages of an import: each is one of the graph, or one that the import makes, once for each name or day. */
export class PageIds {
  readonly #builder: Builder
  #format: string | undefined
  /** The pages so far, by name or day. */
  readonly #ids = new Map<string, Id>()

  constructor(builder: Builder) {
    this.#builder = builder
  }

  /** Finds the page that a form means, or names a new one. @throws ImportRefused for an unknown uuid without a title */
  idOf(form: PageForm): Id {
    const builder = this.#builder
    const key = this.#keyOf(form)
    let id = this.#ids.get(key)
    if (id === undefined) {
      id = this.#existing(form) ?? builder.make(true)
      this.#ids.set(key, id)
      if (form.day !== undefined) builder.call(journalUuid(form.day), id)
    }

    if (form.uuid && (form.keepsUuid || form.title === undefined)) builder.call(form.uuid, id)
    return id
  }

  #keyOf({day, title, uuid}: PageForm): string {
    if (day !== undefined) return `day ${day}`
    return title === undefined ? `uuid ${present(uuid).text}` : `name ${blockName(title)}`
  }

  #existing({day, title, uuid}: PageForm): Id | undefined {
    const {db, entities} = this.#builder
    const known = uuid && this.#builder.called(uuid)
    if (known !== undefined) return known
    if (day !== undefined)
      return db.first(undefined, A.journalDay, day)?.e ?? db.first(undefined, A.uuid, journalUuid(day))?.e
    if (title === undefined)
      throw new ImportRefused(`page ${present(uuid).text} exists neither in the graph nor in the import`)
    const pages = db
      .list(undefined, A.name, blockName(title))
      .map(({e}) => entities.get(e))
      .filter((page) => !entities.isDefinition(page))
    return (pages.find((page) => !entities.isRecycled(page)) ?? pages[0])?.e
  }

  /** Returns the uuid that a new page gets. */
  uuidOf({day, keepsUuid, uuid}: PageForm): Uuid {
    if (day !== undefined) return journalUuid(day)
    return keepsUuid && uuid ? uuid : this.#builder.making.uuid()
  }

  /** Returns the title that a new page gets; that of a journal in the format of the graph. */
  titleOf({day, title}: PageForm): string {
    return day === undefined ? (title ?? '') : this.#journalTitle(day)
  }

  #journalTitle(day: number): string {
    if (this.#format === undefined) {
      const {db, entities} = this.#builder
      const journal = entities.classId('Journal')
      const format = journal === undefined ? undefined : db.first(journal, TITLE_FORMAT)?.v
      this.#format = typeof format === 'string' ? format : DEFAULT_TITLE_FORMAT
    }

    return journalTitle(day, this.#format)
  }
}
