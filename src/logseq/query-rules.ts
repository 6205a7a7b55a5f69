import {parseRules} from '../engine/query/parse/rules.js'
import type {Rule} from '../engine/query/syntax.js'

/**
 * The rules that queries may call without passing them, as in Logseq: conditions on blocks in the terms of a person. What they
 * share is in the namespace `logseq.rules`, so that a query's own rules cannot replace it. Names are compared without case.
 */
const RULES = `[
  ;; A block has a value: of a property itself, or the property's default for the members of its classes.
  [(logseq.rules/raw-value ?b ?prop ?pv)
   [?p :db/ident ?prop]
   [?p :block/tags :logseq.class/Property]
   [?b ?prop ?pv]
   (not [?pv :db/ident :logseq.property/empty-placeholder])]
  [(logseq.rules/raw-value ?b ?prop ?pv)
   (or-join [?p ?pv] [?p :logseq.property/default-value ?pv] [?p :logseq.property/scalar-default-value ?pv])
   [?p :db/ident ?prop]
   [?class :logseq.property.class/properties ?p]
   (logseq.rules/member ?b ?class)
   [(missing? $ ?b ?prop)]]

  ;; The value as a person sees it: the title or the content of the entity that it is, or the scalar itself.
  [(logseq.rules/shown-value ?prop ?pv ?val)
   [?p :db/ident ?prop]
   [?p :db/valueType :db.type/ref]
   (or-join [?pv ?val] [?pv :block/title ?val] [?pv :logseq.property/value ?val])]
  [(logseq.rules/shown-value ?prop ?pv ?val)
   [?p :db/ident ?prop]
   (not [?p :db/valueType :db.type/ref])
   [(identity ?pv) ?val]]

  [(logseq.rules/choice ?b ?prop ?choices)
   [(identity ?choices) [?choice ...]]
   (logseq.rules/raw-value ?b ?prop ?pv)
   (or-join [?pv ?choice]
     (and [?pv :block/title ?title]
          [(str ?choice) ?text]
          [(clojure.string/lower-case ?text) ?name]
          [(clojure.string/lower-case ?title) ?name])
     [?pv :db/ident ?choice])]

  [(logseq.rules/member ?b ?class) [?b :block/tags ?class]]
  [(logseq.rules/member ?b ?class) (class-extends ?sub ?class) [?b :block/tags ?sub]]

  [(logseq.rules/named ?e ?name)
   [(str ?name) ?text]
   [(clojure.string/lower-case ?text) ?lower]
   [?e :block/name ?lower]]
  [(logseq.rules/named ?e ?name) [?e :db/ident ?name]]

  [(task ?b ?statuses) (logseq.rules/choice ?b :logseq.property/status ?statuses)]
  [(priority ?b ?priorities) (logseq.rules/choice ?b :logseq.property/priority ?priorities)]

  [(property ?b ?prop ?val) (logseq.rules/raw-value ?b ?prop ?pv) (logseq.rules/shown-value ?prop ?pv ?val)]
  [(simple-query-property ?b ?prop ?val) (property ?b ?prop ?val)]
  [(page-property ?p ?prop ?val) [?p :block/name] (property ?p ?prop ?val)]
  [(has-property ?b ?prop) (logseq.rules/raw-value ?b ?prop _)]
  [(has-simple-query-property ?b ?prop) (has-property ?b ?prop)]
  [(has-page-property ?p ?prop) [?p :block/name] (has-property ?p ?prop)]

  [(has-tag ?b ?tag) (logseq.rules/named ?class ?tag) (logseq.rules/member ?b ?class)]
  [(tags ?b ?tags) [(identity ?tags) [?tag ...]] (has-tag ?b ?tag)]
  [(page-tags ?p ?tags) [?p :block/name] (tags ?p ?tags)]
  [(all-page-tags ?class) [?p :block/name] [?p :block/tags ?class]]
  [(class-extends ?class ?parent) [?class :logseq.property.class/extends ?parent]]
  [(class-extends ?class ?parent) [?class :logseq.property.class/extends ?m] (class-extends ?m ?parent)]

  [(has-ref ?b ?ref) [?b :block/refs ?ref]]
  [(self-ref ?b ?ref) [?b :block/refs ?ref]]
  [(page-ref ?b ?name) (logseq.rules/named ?p ?name) [?b :block/refs ?p]]
  [(page ?b ?name) (logseq.rules/named ?p ?name) [?b :block/page ?p]]
  [(alias ?a ?b) [?b :block/alias ?a]]
  [(alias ?a ?b) [?a :block/alias ?b]]
  [(parent ?p ?c) [?c :block/parent ?p]]
  [(parent ?p ?c) [?c :block/parent ?m] (parent ?p ?m)]
  [(block-content ?b ?text) [?b :block/title ?title] [(clojure.string/includes? ?title ?text)]]
  [(between ?b ?start ?end)
   [?j :block/journal-day ?day]
   [(<= ?start ?day ?end)]
   [?b :block/page ?j]]
]`

let parsed: ReadonlyMap<string, Rule> | undefined

/** The rules by their names, read once. */
export function queryRules(): ReadonlyMap<string, Rule> {
  parsed ??= parseRules(RULES)
  return parsed
}
