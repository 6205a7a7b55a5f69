/** Names that had a private meaning, each with the term of the field that replaces it. docs/glossary.md has the words. */
export const RETIRED = {
  ANONYMOUS_MS: 'UNIDENTIFIED_GRACE_MS',
  Birth: 'NewGraphParams',
  Daemon: 'GraphServer',
  Engine: 'ServedGraph',
  FANOUT: 'FANOUT_ESTIMATES',
  Facts: 'StoredDatabase',
  FactsState: 'DatabaseFields',
  GUARD_MS: 'DYING_MS',
  Guard: 'ServerLock',
  Happening: 'GraphEvent',
  IdleTimer: 'LeaseTimer',
  LAST_WORDS_MS: 'EXIT_GRACE_MS',
  LeaseSight: 'LeaseSnapshot',
  Life: 'Liveness',
  Meter: 'MemoryAccountant',
  Mutex: 'StartLock',
  Pace: 'ExecutionContext',
  QUIET_MS: 'HEARTBEAT_TIMEOUT_MS',
  Silence: 'LeaseTimer',
  Standing: 'OwnershipStatus',
  Surroundings: 'ConnectionHooks',
  Traits: 'AttributeFlags',
  TupleIndex: 'TupleInterner',
  UNHURRIED: 'NO_LIMITS',
  WINNER_MS: 'RACE_WAIT_MS',
  Wishes: 'GraphDemand',
  asideOf: 'quarantinePath',
  box: 'sandbox',
  chooseBase: 'chooseDriver',
  daemon: 'server',
  daemons: 'servers',
  daemonsOf: 'serversOf',
  describeSelf: 'buildRecord',
  endAll: 'cancelAll',
  fillUp: 'rebalance',
  freeOf: 'unboundArgNames',
  fromPlain: 'toValue',
  giveWay: 'assertNoLiveServer',
  halve: 'splitNode',
  hasNews: 'hasPending',
  innocent: 'unrelated',
  isBeside: 'provablyNotListening',
  isDisplaced: 'isCopiedRecord',
  judgeLife: 'resolveLiveness',
  life: 'liveness',
  lifeOf: 'livenessOf',
  lookUpEach: 'indexNestedLoop',
  notYours: 'notOwnerError',
  openEngine: 'ServedGraph.open',
  outliveOutput: 'ignoreBrokenPipe',
  pace: 'execution',
  plantGraph: 'createFromTemplate',
  readForEach: 'crossJoin',
  realPorts: 'realAdapters',
  requireMine: 'assertOwnership',
  seeWhatCameMeanwhile: 'flushSocketEvents',
  standing: 'placeAndRecord',
  standingOf: 'placeAndRecordOf',
  takeAnswers: 'drainNewAnswers',
  takeGuard: 'acquireServerLock',
  takeMutex: 'acquireStartLock',
  takeSeeds: 'drainNewSubgoals',
  spawnDaemon: 'spawnServer',
  tellSpawner: 'notifyParent',
  tryLifecycle: 'acquireStartLock',
  tryGuard: 'tryAcquireServerLock',
  withLifecycle: 'withStartLock',
}

/** Words that comments and texts had, each with the plain one. */
export const RETIRED_WORDS = [
  [/\bat the most\b/i, 'at most'],
  [/\btime-out/i, 'timeout'],
  [/\blast words\b/i, 'exit message'],
  // Of a real place it may be said: something was in the place of a file.
  [/(?<!\b(?:is|was) )\bin the place of\b/i, 'instead of'],
]

/** An ESLint rule: retired names and words do not come back. */
export const retiredNames = {
  meta: {
    docs: {description: 'names and words are those of docs/glossary.md'},
    messages: {
      name: '{{name}} is called {{term}} here: see docs/glossary.md.',
      word: 'Write "{{term}}" instead of "{{word}}".',
    },
    schema: [],
    type: 'suggestion',
  },
  create(context) {
    const checkName = (node) => {
      if (!Object.hasOwn(RETIRED, node.name)) return
      context.report({data: {name: node.name, term: RETIRED[node.name]}, messageId: 'name', node})
    }

    const checkText = (node, text) => {
      for (const [pattern, term] of RETIRED_WORDS) {
        const [word] = pattern.exec(text) ?? []
        if (word !== undefined) context.report({data: {term, word}, loc: node.loc, messageId: 'word'})
      }
    }

    return {
      Identifier: checkName,
      Literal(node) {
        if (typeof node.value === 'string') checkText(node, node.value)
      },
      PrivateIdentifier: checkName,
      Program() {
        for (const comment of context.sourceCode.getAllComments()) checkText(comment, comment.value)
      },
      TemplateElement(node) {
        checkText(node, node.value.raw)
      },
    }
  },
}
