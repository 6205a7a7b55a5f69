import {invalidQuery} from '../invalid-query.js'
import {variablesIn, varsOf} from './parse/vars.js'
import type {Clause, OrClause} from './syntax.js'

/**
 * Follows which variables are known after each clause, in the order in which the clauses stand.
 * @param bound the variables that are known before; those that are known afterwards are added
 * @throws ServerError `invalid-query` when a clause needs one that is not known by then
 */
export function checkBound(clauses: readonly Clause[], bound: Set<string>): void {
  for (const clause of clauses) {
    checkClause(clause, bound)
    if (clause.kind !== 'not') for (const name of varsOf(clause)) bound.add(name)
  }
}

function checkClause(clause: Clause, bound: ReadonlySet<string>): void {
  switch (clause.kind) {
    case 'call':
      need(variablesIn(clause.args), bound, clause.form)
      break
    case 'not': {
      const known = clause.vars.filter((name) => bound.has(name))
      if (clause.strict) need(clause.vars, bound, clause.form)
      else if (known.length === 0 && clause.vars.length > 0)
        throw invalidQuery(`Insufficient bindings: none of ${clause.vars.join(' ')} is known before`, clause.form)
      checkBound(clause.clauses, new Set(known))
      break
    }

    case 'or':
      need(clause.required, bound, clause.form)
      for (const branch of clause.branches)
        checkBranch(branch, new Set(clause.vars.filter((name) => bound.has(name))), clause)
      break
    case 'pattern':
    case 'rule':
      break
  }
}

/** Each branch of an `or` has to give values to all of its variables. */
function checkBranch(branch: readonly Clause[], bound: Set<string>, {form, vars}: OrClause): void {
  checkBound(branch, bound)
  const missing = vars.find((name) => !bound.has(name))
  if (missing !== undefined) throw invalidQuery(`${missing} does not get a value in every branch of`, form)
}

function need(names: readonly string[], bound: ReadonlySet<string>, form: Clause['form']): void {
  const missing = names.filter((name) => !bound.has(name))
  if (missing.length > 0) throw invalidQuery(`Insufficient bindings: ${missing.join(' ')} not known before`, form)
}
