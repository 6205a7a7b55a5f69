/** Where programs start, and what the package exports. */
const ENTRIES = String.raw`^src/(commands/|cli/main\.ts|server/main\.ts|lib/check-node\.ts|lib/doctor/child\.ts|logseq/new-graph/new-graph\.ts|lib/index\.ts|electron/index\.ts|browser/index\.ts)`

/** The boundaries of docs/architecture.md, as data. */
export default {
  forbidden: [
    {
      name: 'commands-to-cli-and-lib',
      comment: 'A command parses flags, calls the library and returns its data.',
      severity: 'error',
      from: {path: '^src/commands/'},
      to: {path: '^src/', pathNot: '^src/(cli|lib|commands|values)/'},
    },
    {
      name: 'commands-stand-alone',
      comment: 'What two commands share belongs to src/cli or src/lib.',
      severity: 'error',
      from: {path: '^src/commands/'},
      to: {path: '^src/commands/'},
    },
    {
      name: 'commands-do-nothing-themselves',
      comment: 'No files, processes or HTTP in a command.',
      severity: 'error',
      from: {path: '^src/commands/'},
      to: {dependencyTypes: ['core']},
    },
    {
      name: 'cli-to-lib',
      comment: 'The CLI knows the library; it never knows the server, nor a command.',
      severity: 'error',
      from: {path: '^src/cli/'},
      to: {path: '^src/', pathNot: '^src/(cli|lib|protocol|values)/'},
    },
    {
      name: 'server-to-shared-lib',
      comment:
        'The server meets its clients in the record, over HTTP and UDP, and in argv. It shares just what these are made of.',
      severity: 'error',
      from: {path: '^src/server/'},
      to: {
        path: '^src/',
        pathNot: String.raw`^src/((server|logseq|engine|protocol|values)/|lib/(files|graphs|lock|process)/|lib/(errors|clock|fields|log-level|nearest|package-root|shell-quote|size-text|sqlite|time-text)\.ts$)`,
      },
    },
    {
      name: 'logseq-to-engine',
      comment: 'What Logseq puts on the engine knows no HTTP, no methods, no process.',
      severity: 'error',
      from: {path: '^src/logseq/'},
      to: {
        path: '^src/',
        pathNot: String.raw`^src/((logseq|engine|values)/|lib/(files/|errors\.ts$|clock\.ts$|sqlite\.ts$|package-root\.ts$))`,
      },
    },
    {
      name: 'engine-to-values',
      comment: 'The engine is a database: no HTTP, no process, no Logseq.',
      severity: 'error',
      from: {path: '^src/engine/'},
      to: {
        path: '^src/',
        pathNot: String.raw`^src/((engine|values)/|lib/files/|lib/(errors|sqlite|clock|nearest|shell-quote)\.ts$)`,
      },
    },
    {
      name: 'files-stand-below',
      comment:
        'How files of a graph directory are named, opened and explained: the engine needs it, and no graph, lock or client.',
      severity: 'error',
      from: {path: '^src/lib/files/'},
      to: {path: '^src/', pathNot: String.raw`^src/lib/(files/|(errors|sqlite|shell-quote|size-text)\.ts$)`},
    },
    {
      name: 'values-to-values',
      comment: 'Keywords, maps, sets and their notations stand alone.',
      severity: 'error',
      from: {path: '^src/values/'},
      to: {path: '^src/', pathNot: '^src/values/'},
    },
    {
      name: 'electron-to-lib',
      comment: 'The manager for an app’s main process is a client like any other.',
      severity: 'error',
      from: {path: '^src/electron/'},
      to: {path: '^src/', pathNot: '^src/(electron|lib)/'},
    },
    {
      name: 'electron-without-electron',
      comment: 'It is given what it needs of Electron, and can be tested without it.',
      severity: 'error',
      from: {path: '^src/'},
      to: {path: '^electron$'},
    },
    {
      name: 'browser-stands-alone',
      comment: 'It runs in a page: no Node.js, no library, nothing but the protocol, and the type of error codes.',
      severity: 'error',
      from: {path: '^src/browser/'},
      to: {pathNot: String.raw`^src/(browser|protocol)/|^src/lib/errors\.ts$`},
    },
    {
      name: 'browser-loads-no-library',
      comment: 'Types are gone in what a page loads.',
      severity: 'error',
      from: {path: '^src/browser/'},
      to: {path: '^src/lib/', dependencyTypesNot: ['type-only']},
    },
    {
      name: 'protocol-is-data',
      comment: 'What the server and all its clients agree on, in pages too: data that needs nothing.',
      severity: 'error',
      from: {path: '^src/protocol/'},
      to: {pathNot: '^src/protocol/'},
    },
    {
      name: 'lib-to-lib',
      comment: 'The library knows none of its callers.',
      severity: 'error',
      from: {path: '^src/lib/', pathNot: String.raw`^src/lib/graph-operations/closed-files\.ts$`},
      to: {path: '^src/', pathNot: '^src/(lib|protocol|values)/'},
    },
    {
      name: 'lib-works-on-closed-files',
      comment: 'Files that no server has open are checked, read and made by the engine, in the process of the command.',
      severity: 'error',
      from: {path: String.raw`^src/lib/graph-operations/closed-files\.ts$`},
      to: {
        path: '^src/',
        pathNot: String.raw`^src/(engine/(integrity/whole-file|task)|logseq/closed-files/(closed-graph|new-database|write-export))\.ts$`,
      },
    },
    {
      name: 'lib-layers',
      comment: 'Operations stand on the records, processes and files below, which do not know of them.',
      severity: 'error',
      from: {
        path: '^src/lib/',
        pathNot: String.raw`^src/lib/(client/|doctor/|graph-operations/|lifecycle/|index\.ts$)`,
      },
      to: {path: String.raw`^src/lib/(client/|doctor/|graph-operations/|lifecycle/|index\.ts$)`},
    },
    {
      name: 'one-door',
      comment:
        'Whoever talks to a server gets the connection from `enter`, which has inspected record, owner, process and place.',
      severity: 'error',
      from: {path: '^src/', pathNot: '^src/lib/lifecycle/inspect/'},
      to: {
        dependencyTypesNot: ['type-only'],
        path: String.raw`^src/lib/lifecycle/inspect/(ask-by-datagram|connection|probe)\.ts$`,
      },
    },
    {
      name: 'http-through-the-door',
      comment: 'No client of HTTP, TCP or UDP but those of the door.',
      severity: 'error',
      from: {path: '^src/', pathNot: String.raw`^src/(server/|lib/lifecycle/inspect/connection\.ts$)`},
      to: {dependencyTypesNot: ['type-only'], path: '^(node:)?(dgram|http|http2|https|net|tls|undici)$'},
    },
    {
      name: 'no-cli-framework-below',
      comment: 'oclif is the CLI’s: the library and the server start without it.',
      severity: 'error',
      from: {path: '^src/(lib|server|logseq|engine|values|electron)/'},
      to: {path: 'node_modules/@oclif/'},
    },
    {
      name: 'no-circles',
      comment: 'Modules in a circle, types included, cannot be understood one by one.',
      severity: 'error',
      from: {path: '^src/'},
      to: {circular: true},
    },
    {
      name: 'no-orphans',
      comment: 'A module that nothing uses, and that uses nothing.',
      severity: 'error',
      // The programs of bin/ read the check of Node.js before all else, as built.
      from: {orphan: true, path: '^src/', pathNot: String.raw`^src/lib/check-node\.ts$`},
      to: {},
    },
    {
      name: 'no-unreachable',
      comment: 'A module that no program, command or export leads to.',
      severity: 'error',
      from: {path: ENTRIES},
      to: {path: '^src/', pathNot: ENTRIES, reachable: false},
    },
    {
      name: 'no-dev-dependencies',
      comment: 'What is installed with the package is all there is for what is not bundled.',
      severity: 'error',
      from: {path: '^(bin|src)/', pathNot: '^(bin/dev|src/(cli|commands|server)/)'},
      to: {dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only']},
    },
    {
      name: 'no-undeclared-dependencies',
      comment: 'What is imported is declared in package.json.',
      severity: 'error',
      from: {path: '^(bin|src)/'},
      to: {dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined']},
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      from: {path: '^src/'},
      to: {couldNotResolve: true},
    },
    {
      name: 'no-deprecated-core',
      severity: 'error',
      from: {path: '^src/'},
      to: {dependencyTypes: ['deprecated'], path: '^(punycode|domain|constants|sys|_stream_.*|async_hooks)$'},
    },
    {
      name: 'no-tests-in-source',
      severity: 'error',
      from: {path: '^(bin|src)/'},
      to: {path: '^(test|bench|scripts)/'},
    },
  ],
  options: {
    doNotFollow: {path: 'node_modules'},
    enhancedResolveOptions: {
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      exportsFields: ['exports'],
      mainFields: ['module', 'main', 'types'],
    },
    tsConfig: {fileName: 'tsconfig.json'},
    tsPreCompilationDeps: true,
  },
}
