/**
 * The folders of src/ from top to bottom. A folder may import itself and every folder below it, and nothing above:
 *
 *   main → cli → app → status-page → reporting → health → storage-sync → cluster-config → leader-election → kube → base
 *
 * Beside it are the extensions that are built in. They see of all this what index.ts exports, and nothing sees them: core → index ← extensions.
 *
 * `npm run check:imports` enforces it.
 */
const layers = [
  'cli',
  'status-page',
  'reporting/metrics',
  'reporting/kube-events',
  'health',
  'storage-sync',
  'cluster-config',
  'leader-election',
  'kube',
  'base/extending',
  'base/time',
  'base/tracing',
  'base/logging',
  'base/config',
  'base/errors',
];

const downwardOnly = layers.slice(1).map((layer, index) => ({
  name: `imports-run-down-from-${layer}`,
  comment: `${layer}/ must not know what is built on top of it.`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: { path: [`^src/(${layers.slice(0, index + 1).join('|')})/`, '^src/[^/]+\\.ts$'] },
}));

module.exports = {
  forbidden: [
    ...downwardOnly,
    {
      name: 'health-does-not-know-the-app',
      severity: 'error',
      from: { path: '^src/health/' },
      to: { path: '^src/[^/]+\\.ts$' },
    },
    {
      name: 'front-end-knows-types-alone',
      comment: 'It runs in a browser, and of the service it knows what is sent to it.',
      severity: 'error',
      from: { path: '^src/status-page/front-end/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^src/', pathNot: '^src/status-page/front-end/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-the-front-end-is-for-browsers',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/status-page/front-end/' },
      to: { path: '^src/status-page/front-end/' },
    },
    {
      name: 'only-the-app-module-names-modules',
      comment: 'A feature imports the modules below it; only app.module.ts names all of them.',
      severity: 'error',
      from: { path: '^src/main\\.ts$' },
      to: { path: '^src/.+/[^/]+\\.module\\.ts$' },
    },
    {
      name: 'only-tracing-sdk-imports-the-sdk',
      comment: 'It is not to be loaded where no traces are wanted; the API alone does nothing.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/base/tracing/tracing-sdk\\.ts$', '\\.spec\\.ts$'] },
      to: { path: 'node_modules/@opentelemetry/(?!api/)' },
    },
    {
      name: 'tracing-sdk-is-loaded-when-wanted',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/base/tracing/tracing-sdk\\.ts$', dependencyTypesNot: ['dynamic-import'] },
    },
    {
      name: 'extensions-import-the-public-interface-alone',
      comment:
        'A built-in extension is one that anybody could write: it imports index.ts and its own folder.',
      severity: 'error',
      from: {
        path: '^(src/extensions/(?:registries/|outputs/)?[^/]+)/',
        pathNot: ['^src/extensions/loading/', '\\.spec\\.ts$'],
      },
      to: { path: '^src/', pathNot: ['^src/index\\.ts$', '^$1/'] },
    },
    {
      name: 'the-core-does-not-know-extensions',
      comment: 'What the core needs of an extension it asks for by a port.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/extensions/', '^src/main-with-extensions\\.ts$', '\\.spec\\.ts$'],
      },
      to: { path: '^src/(extensions/|index\\.ts$)' },
    },
    {
      name: 'loading-does-not-know-extensions',
      comment: 'It loads built-in extensions as files, like those of others.',
      severity: 'error',
      from: { path: '^src/extensions/loading/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^src/extensions/(?!loading/)' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'product-does-not-import-tests',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: ['^test/', '\\.spec\\.ts$'] },
    },
    {
      name: 'product-uses-only-production-packages',
      comment: 'What the front end uses is in its files once it is built.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['\\.spec\\.ts$', '^src/status-page/front-end/'] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'imports-resolve',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nothing imports is dead, or an entry point to be listed here.',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.(spec|contract|e2e)\\.ts$', '\\.d\\.ts$'] },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
