import oclif from 'eslint-config-oclif'
import prettier from 'eslint-config-prettier'

import {explainedCatch} from './scripts/explained-catch.js'
import {retiredNames} from './scripts/retired-names.js'

// eslint-config-oclif sorts everything that can be sorted. Here the order of keys and members carries meaning: what a
// result says first, how a type is read from top to bottom. Only imports stay sorted.
const unsorted = Object.fromEntries(
  [
    'array-includes',
    'classes',
    'enums',
    'exports',
    'heritage-clauses',
    'interfaces',
    'intersection-types',
    'maps',
    'modules',
    'named-exports',
    'object-types',
    'objects',
    'sets',
    'switch-case',
    'union-types',
    'variable-declarations',
  ].map((what) => [`perfectionist/sort-${what}`, 'off']),
)

/** Names of the rules of a plugin. */
const rulesOf = (plugin) =>
  Object.keys(Object.assign({}, ...oclif.map(({rules}) => rules))).filter((rule) => rule.startsWith(`${plugin}/`))

const off = (rules) => Object.fromEntries(rules.map((rule) => [rule, 'off']))

const sortedImports = {
  groups: ['builtin', 'external', ['internal', 'parent', 'sibling', 'index'], 'unknown'],
  ignoreCase: true,
  newlinesBetween: 'ignore',
  type: 'natural',
}

/** An empty catch needs a comment that says why. `no-empty` takes any comment for one, in a catch as elsewhere. */
const bugs = {
  'house/explained-catch': 'error',
  'no-empty': ['error', {allowEmptyCatch: false}],
  'no-fallthrough': 'error',
  'no-promise-executor-return': ['error', {allowVoid: true}],
  'prefer-promise-reject-errors': 'error',
}

const typedBugs = {
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-for-in-array': 'error',
  '@typescript-eslint/no-misused-promises': 'error',
  '@typescript-eslint/no-unnecessary-type-assertion': 'error',
  '@typescript-eslint/only-throw-error': 'error',
  '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', {considerDefaultExhaustiveForUnions: true}],
}

const taste = {
  '@stylistic/lines-between-class-members': 'off',
  '@typescript-eslint/no-unused-vars': [
    'error',
    {
      argsIgnorePattern: '^_',
      destructuredArrayIgnorePattern: '^_',
      ignoreRestSiblings: true,
      varsIgnorePattern: '^_+$',
    },
  ],
  // Environment variables and wire names are written in brackets.
  'dot-notation': 'off',
  // TypeScript resolves imports, and says so when it cannot; doing it twice is slow.
  'import/default': 'off',
  'import/export': 'off',
  'import/named': 'off',
  'import/namespace': 'off',
  'import/no-duplicates': 'off',
  'no-duplicate-imports': ['error', {allowSeparateTypeImports: true}],
  'import/no-named-as-default': 'off',
  'import/no-named-as-default-member': 'off',
  'import/no-unresolved': 'off',
  // Docstrings are prose; types are in the code. Each of these rules looks for a comment at every node.
  ...off(rulesOf('jsdoc')),
  // dependency-cruiser (src) and knip (everything) check what is imported against package.json, in a fifth of the time.
  'n/no-extraneous-import': 'off',
  'n/no-extraneous-require': 'off',
  'n/no-unpublished-import': 'off',
  // They are marked experimental in Node 20, and have not changed since.
  'n/no-unsupported-features/node-builtins': [
    'error',
    {ignores: ['util.styleText', 'import.meta.dirname', 'process.getBuiltinModule']},
  ],
  'max-params': ['error', 5],
  // Taking turns is the point of the loops here.
  'no-await-in-loop': 'off',
  'no-bitwise': 'off',
  // Says that nobody waits for a promise.
  'no-void': ['error', {allowAsStatement: true}],
  'object-shorthand': ['error', 'always', {avoidExplicitReturnArrows: false}],
  'perfectionist/sort-imports': ['error', sortedImports],
  'perfectionist/sort-named-imports': ['error', {ignoreAlias: true, ignoreCase: true, type: 'natural'}],
  'prefer-destructuring': 'off',
  'unicorn/consistent-function-scoping': 'off',
  // They cost the most of what is not typed, and never found anything: dates in comments, `then` as a name, `flat` written out.
  'unicorn/expiring-todo-comments': 'off',
  'unicorn/no-thenable': 'off',
  'unicorn/prefer-array-flat': 'off',
  // Text is read and hashed by UTF-16 code units, and hashes are 32-bit integers.
  'unicorn/prefer-code-point': 'off',
  'unicorn/prefer-math-trunc': 'off',
  'unicorn/no-unnecessary-polyfills': 'off',
  'unicorn/no-useless-undefined': 'off',
  'unicorn/switch-case-braces': ['error', 'avoid'],
}

/** What the compiler reports itself, in each file that it reads: the list is that of `eslint-recommended` of typescript-eslint. */
const checkedByCompiler = [
  'constructor-super',
  'getter-return',
  'no-class-assign',
  'no-const-assign',
  'no-dupe-args',
  'no-dupe-class-members',
  'no-dupe-keys',
  'no-func-assign',
  'no-import-assign',
  'no-new-native-nonconstructor',
  'no-obj-calls',
  'no-redeclare',
  'no-setter-return',
  'no-this-before-super',
  'no-undef',
  'no-unreachable',
  'no-unsafe-negation',
  'no-with',
  // It finds modules, and knip those that no package names.
  'n/no-missing-require',
  'n/no-unpublished-require',
]

/** Rules about pages: only files of `examples` and one of `src` run in one, and the rules found nothing there. */
const ofPages = rulesOf('unicorn').filter((rule) =>
  /\/(prefer-(add-event-listener|blob-reading-methods|dom-node-.*|keyboard-event-key|modern-dom-apis|query-selector)|no-invalid-(fetch-options|remove-event-listener))$/.test(
    rule,
  ),
)

/** Wire names are quoted properties; classes are also passed as parameters. */
const names = [
  {format: ['camelCase'], leadingUnderscore: 'allow', selector: 'default'},
  {format: ['camelCase', 'UPPER_CASE', 'PascalCase'], leadingUnderscore: 'allow', selector: 'variable'},
  {format: ['camelCase', 'PascalCase'], leadingUnderscore: 'allow', selector: 'parameter'},
  {format: null, modifiers: ['destructured'], selector: 'variable'},
  {filter: {match: true, regex: '^_+$'}, format: null, selector: ['variable', 'parameter']},
  {format: ['PascalCase'], selector: 'typeLike'},
  {format: null, selector: ['import', 'property', 'objectLiteralMethod']},
]

/** An index that is in bounds cannot be shown to TypeScript. Anything else that has to exist is checked: `present` of src/values. */
const nonNull = {
  message:
    'Use `present(value)` of src/values/present.ts; only elements (`items[i]!`, `text.at(-1)!`) may be asserted.',
  selector:
    'TSNonNullExpression:not([expression.computed=true]):not([expression.callee.property.name=/^(at|codePointAt)$/])',
}

/** Arguments are kept on the stack: an array of some 100,000 items, spread over them, ends in a RangeError. */
const spreadOverData = [
  'CallExpression[callee.property.name=/^(push|unshift)$/] > SpreadElement:not([argument.type="ArrayExpression"])',
  'CallExpression[callee.object.name=/^(Math|String)$/] > SpreadElement:not([argument.type="ArrayExpression"])',
  'CallExpression[callee.property.name="apply"][arguments.length=2]',
].map((selector) => ({
  message: 'Data may be larger than the stack: use a loop, or reduce.',
  selector,
}))

export default [
  {ignores: ['api-docs/', 'coverage/', 'dist/', '.node/', 'test/fixtures/**/dist/']},
  ...oclif,
  {
    plugins: {house: {rules: {'explained-catch': explainedCatch, 'retired-names': retiredNames}}},
    rules: {...unsorted, ...taste, ...off(ofPages), ...bugs},
  },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts', 'bundle/**/*.ts'],
    languageOptions: {
      parserOptions: {project: ['tsconfig.json', 'test/tsconfig.json'], tsconfigRootDir: import.meta.dirname},
    },
    rules: {...off(checkedByCompiler), ...typedBugs},
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      '@typescript-eslint/naming-convention': ['error', ...names],
      '@typescript-eslint/no-explicit-any': 'error',
      'house/retired-names': 'error',
      'no-restricted-syntax': ['error', ...spreadOverData, nonNull],
    },
  },
  {
    // A command has its summary in the class.
    files: ['src/**/*.ts'],
    ignores: ['src/commands/**'],
    rules: {
      'jsdoc/require-jsdoc': [
        'error',
        {enableFixer: false, publicOnly: true, require: {ClassDeclaration: true, FunctionDeclaration: true}},
      ],
    },
  },
  {
    // Others may write in a graph directory: its files are opened in one place, which follows no link and waits for nothing.
    files: [
      'src/{engine,logseq,server}/**/*.ts',
      'src/lib/{client,files,graph-operations,graphs,lifecycle,lock}/**/*.ts',
    ],
    ignores: [
      'src/lib/files/own-files.ts',
      // Files of the package, of /proc, and the target of an export.
      'src/lib/client/export.ts',
      'src/logseq/new-graph/*.ts',
      'src/server/http/{connections,peers}.ts',
      'src/server/ownership/{inheritable-fds,own-lock}.ts',
    ],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['node:fs', 'fs'],
              importNamePattern:
                '^(open|openAsBlob|opendir|readFile|writeFile|appendFile|copyFile|cp|truncate)(Sync)?$|^create(Read|Write)Stream$|^promises$',
              message: 'Open files of a graph directory with src/lib/files/own-files.ts.',
            },
            {group: ['node:fs/promises', 'fs/promises'], message: 'Use src/lib/files/own-files.ts.'},
          ],
        },
      ],
    },
  },
  {
    files: ['src/cli/**/*.ts', 'src/commands/**/*.ts'],
    ignores: ['src/cli/stdio.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['stdout', 'stderr'].map((property) => ({
          message:
            'Use src/cli/stdio.ts: it creates the stream when it is needed, and keeps the order of what is written.',
          object: 'process',
          property,
        })),
      ],
    },
  },
  {
    // They run in pages, or in Electron.
    files: ['src/browser/**', 'examples/electron/**', 'examples/browser/**'],
    rules: {'n/no-missing-require': 'off', 'n/no-unsupported-features/node-builtins': 'off'},
  },
  {
    files: ['examples/electron/page/**', 'examples/browser/page.js'],
    languageOptions: {globals: {document: 'readonly', sessionStorage: 'readonly', window: 'readonly'}},
  },
  {
    // A CommonJS module has a scope of its own.
    files: ['examples/**/*.cjs'],
    rules: {'no-implicit-globals': 'off'},
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      'house/retired-names': 'error',
      // Listeners and servers of tests take async functions; a rejection fails the run. The compiler finds a condition that is a promise.
      '@typescript-eslint/no-misused-promises': 'off',
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
    },
  },
  {ignores: ['test/**', 'bench/**'], rules: off(rulesOf('mocha'))},
  {
    // They give hooks to suites.
    files: ['test/support/**/*.ts'],
    rules: {'mocha/no-exports': 'off', 'mocha/no-top-level-hooks': 'off'},
  },
  {
    files: ['**/*.cjs', 'bin/*.js'],
    languageOptions: {globals: {module: 'writable', require: 'readonly'}, sourceType: 'commonjs'},
  },
  {
    files: ['**/*.cjs', 'bin/*.js', 'bundle/**/*.ts'],
    rules: {
      '@typescript-eslint/no-require-imports': 'off',
      'unicorn/prefer-module': 'off',
      'unicorn/prefer-top-level-await': 'off',
    },
  },
  {
    // They load what is built, and what is there in a checkout alone.
    files: ['bin/**'],
    rules: {'n/no-extraneous-import': 'off', 'n/no-unpublished-import': 'off', 'n/no-unpublished-require': 'off'},
  },
  {
    files: ['bin/**', 'bench/**', 'bundle/**', 'scripts/**', 'test/fixtures/**'],
    rules: {'n/no-process-exit': 'off', 'unicorn/no-process-exit': 'off'},
  },
  {
    files: ['test/**', 'bench/**'],
    rules: {
      // Answers of programs are read as they come; what they hold is what a test is about.
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
      'max-nested-callbacks': 'off',
      'no-promise-executor-return': 'off',
      'no-console': 'off',
      'mocha/max-top-level-suites': 'off',
      'mocha/no-hooks-for-single-case': 'off',
      'mocha/no-top-level-hooks': 'off',
      'mocha/no-exclusive-tests': 'error',
      'mocha/no-pending-tests': 'error',
      // A test may find that it cannot run here: it prints why, and calls this.skip(). None is switched off for good.
      'mocha/no-skipped-tests': 'off',
      'no-restricted-properties': ['error', ...['describe', 'it'].map((object) => ({object, property: 'skip'}))],
      'mocha/consistent-spacing-between-blocks': 'off',
    },
  },
  prettier,
]
