import type {Clause, Term} from '../syntax.js'
import {boundBy} from './binding.js'

/** The variables by which a clause meets the clauses around it. */
export function varsOf(clause: Clause): readonly string[] {
  switch (clause.kind) {
    case 'call':
      return [...variablesIn(clause.args), ...(clause.binding ? boundBy(clause.binding) : [])]
    case 'not':
    case 'or':
      return clause.vars
    case 'pattern':
      return variablesIn(clause.terms)
    case 'rule':
      return variablesIn(clause.args)
  }
}

/** Returns the variables of all clauses. */
export function varsOfAll(clauses: readonly Clause[]): Set<string> {
  return new Set(clauses.flatMap((clause) => varsOf(clause)))
}

/** Returns the distinct variables among terms, in order. */
export function variablesIn(terms: readonly Term[]): string[] {
  const names = new Set<string>()
  for (const term of terms) if (term.kind === 'variable') names.add(term.name)
  return [...names]
}
