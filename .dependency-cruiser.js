/** Where programs start, and what the package exports. */
const ENTRIES = String.raw`^src/(commands/|cli/main\.ts|worker/main\.ts|worker/graph/new-graph\.ts|lib/index\.ts|electron/index\.ts|client/index\.ts)`

/** The boundaries of docs/architecture.md, as data. */
export default {
  forbidden: [
    {
      name: 'commands-to-cli-and-lib',
      comment: 'A command parses flags, calls the library and returns its data.',
      severity: 'error',
      from: {path: '^src/commands/'},
      to: {path: '^src/', pathNot: '^src/(cli|lib|commands)/'},
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
      comment: 'The CLI knows the library; it never knows the daemon, nor a command.',
      severity: 'error',
      from: {path: '^src/cli/'},
      to: {path: '^src/', pathNot: '^src/(cli|lib)/'},
    },
    {
      name: 'worker-to-shared-lib',
      comment:
        'The daemon meets its clients in the record, on HTTP and in argv. It shares just what these are made of.',
      severity: 'error',
      from: {path: '^src/worker/'},
      to: {
        path: '^src/',
        pathNot: String.raw`^src/(worker/|lib/(graph|lock|process|values)/|lib/(errors|clock|methods|package-root|sqlite)\.ts$)`,
      },
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
      name: 'client-stands-alone',
      comment: 'It runs in a page: no Node.js, no library, no other folder.',
      severity: 'error',
      from: {path: '^src/client/'},
      to: {pathNot: '^src/client/'},
    },
    {
      name: 'lib-to-lib',
      comment: 'The library knows none of its callers.',
      severity: 'error',
      from: {path: '^src/lib/'},
      to: {path: '^src/', pathNot: '^src/lib/'},
    },
    {
      name: 'lib-layers',
      comment: 'Operations stand on the records, processes and daemons below, which do not know of them.',
      severity: 'error',
      from: {path: '^src/lib/', pathNot: String.raw`^src/lib/(client/|server/|index\.ts$)`},
      to: {path: String.raw`^src/lib/(client/|server/|index\.ts$)`},
    },
    {
      name: 'no-cli-framework-below',
      comment: 'oclif is the CLI’s: the library and the daemon start without it.',
      severity: 'error',
      from: {path: '^src/(lib|worker|electron)/'},
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
      from: {orphan: true, path: '^src/'},
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
      comment: 'What is installed with the package is all there is.',
      severity: 'error',
      from: {path: '^(bin|src)/'},
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
