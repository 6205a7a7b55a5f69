/** A question that is asked of both engines, in the words of a graph. */
export interface Question {
  /** Further inputs: rules as text, idents as keywords. */
  inputs?: readonly string[]
  query: string
  /** In the words of the report. */
  what: string
}

/** Those whom a block hangs below, over any number of levels: Logseq's own rule. */
const PARENT = `[[(parent ?p ?c) [?c :block/parent ?p]]
                 [(parent ?p ?c) [?c :block/parent ?t] (parent ?p ?t)]]`

export const QUESTIONS: readonly Question[] = [
  {
    query: '[:find ?title :where [?p :block/tags ?c] [?c :db/ident :logseq.class/Page] [?p :block/title ?title]]',
    what: 'the titles of all pages',
  },
  {
    query: `[:find ?b ?title
             :where [?tag :db/ident :user.class/tag3] [?b :block/tags ?tag]
                    [?b :logseq.property/status ?s] [?s :db/ident :logseq.property/status.todo]
                    [?b :block/title ?title]]`,
    what: 'tasks to do that have a tag',
  },
  {
    query: `[:find ?b ?title ?day
             :where [?p :block/journal-day ?day] [?b :block/refs ?p] [?b :block/page ?q] [?q :block/title ?title]]`,
    what: 'references to journals, and on which pages (join)',
  },
  {
    query: `[:find ?b
             :where [?s :db/ident :logseq.property/status.todo] [?b :logseq.property/status ?s]
                    (not [?b :block/refs _])]`,
    what: 'tasks to do that refer to nothing (not)',
  },
  {
    inputs: [PARENT],
    query: `[:find ?c :in $ % :where [?p :block/journal-day 20250101] (parent ?p ?c)]`,
    what: 'all blocks below a page (recursive rule)',
  },
  {
    query: '[:find ?page (count ?b) :where [?b :block/page ?page]]',
    what: 'how many blocks each page has (aggregate)',
  },
]
