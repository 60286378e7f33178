// Which module may import which: per layer (rules, use cases, SQL) and, within a layer, per room. See ARCHITECTURE.md.
const core = '^packages/core/src/'
const transfer = '^packages/transfer/src/'

/** The rooms, and the other rooms whose files of the same layer each may import. No layer has a circle. */
export const rooms = {
  audit: { rules: [], useCases: [], sql: [] },
  bandwidth: { rules: ['sessions'], useCases: [], sql: [] },
  decisions: { rules: ['deliveries'], useCases: [], sql: ['hosts'] },
  deliveries: { rules: ['endpoints'], useCases: [], sql: ['decisions', 'endpoints'] },
  dispatch: { rules: [], useCases: ['deliveries', 'transfers'], sql: [] },
  encryption: { rules: [], useCases: [], sql: [] },
  endpoints: { rules: [], useCases: ['idempotency'], sql: ['idempotency'] },
  events: { rules: ['tasks'], useCases: ['keys'], sql: ['sessions', 'wakes'] },
  files: { rules: ['tasks'], useCases: ['tasks'], sql: [] },
  hosts: { rules: ['dispatch', 'tasks'], useCases: [], sql: [] },
  idempotency: { rules: [], useCases: [], sql: [] },
  keys: { rules: [], useCases: ['idempotency'], sql: ['idempotency'] },
  limits: { rules: [], useCases: [], sql: [] },
  listen: { rules: [], useCases: ['deliveries', 'keys'], sql: ['deliveries'] },
  operations: { rules: ['tasks'], useCases: [], sql: [] },
  recoveries: {
    rules: [],
    useCases: ['deliveries', 'idempotency'],
    sql: ['deliveries', 'endpoints', 'events', 'idempotency'],
  },
  retention: { rules: ['events'], useCases: [], sql: ['events'] },
  sessions: { rules: ['decisions', 'wakes'], useCases: ['endpoints'], sql: ['tasks', 'wakes', 'endpoints'] },
  tasks: { rules: ['sessions', 'dispatch'], useCases: ['idempotency'], sql: ['idempotency'] },
  tenants: { rules: [], useCases: ['idempotency', 'keys', 'sessions'], sql: ['idempotency', 'keys'] },
  timeline: { rules: ['decisions', 'events', 'tasks'], useCases: [], sql: [] },
  transfers: {
    rules: ['hosts', 'tasks'],
    useCases: ['bandwidth', 'decisions', 'hosts'],
    sql: ['dispatch', 'hosts', 'sessions'],
  },
  usage: { rules: [], useCases: [], sql: [] },
  wakes: { rules: [], useCases: ['keys'], sql: [] },
}
const anyRoom = `(${Object.keys(rooms).join('|')})`
/** Folders of a room that hold adapters, by the technology they speak to. */
const adapters = '(postgres|bullmq|redis|jose|disk|http|prometheus)'
const useCase = '(live/)?[^/]+\\.ts$'

const roomRules = Object.entries(rooms).flatMap(([room, allowed]) => [
  ...[
    ['rules', allowed.rules, 'rules/'],
    ['use cases', allowed.useCases, useCase],
    ['SQL', allowed.sql, 'postgres/'],
  ].map(([layer, others, path]) => ({
    name: `${layer}-of-${room}`.replace(' ', '-'),
    comment: `The ${layer} of ${room} may import those of: ${others.join(', ') || 'no other room'}.`,
    severity: 'error',
    from: { path: `${core}${room}/${path}` },
    to: { path: `${core}${anyRoom}/${path}`, pathNot: `${core}(${[room, ...others].join('|')})/` },
  })),
  {
    name: `adapters-of-${room}`,
    comment:
      'A port of their own room, rules, the ledger, the database; of the rooms whose SQL they may use, port types.',
    severity: 'error',
    from: { path: `${core}${room}/${adapters}/` },
    to: { path: `${core}${anyRoom}/${useCase}`, pathNot: `${core}(${[room, ...allowed.sql].join('|')})/` },
  },
  {
    name: `adapters-of-${room}-take-types-only`,
    comment: 'No use case of another room.',
    severity: 'error',
    from: { path: `${core}${room}/${adapters}/` },
    to: { path: `${core}${anyRoom}/${useCase}`, pathNot: `${core}${room}/`, dependencyTypesNot: ['type-only'] },
  },
])

export default {
  forbidden: [
    {
      name: 'rules-are-pure',
      comment: 'No clock, no random, no I/O, no npm: rules are functions of their arguments.',
      severity: 'error',
      from: { path: [`${core}.*/rules/`, `${transfer}(.*/rules/|rules\\.ts$)`] },
      to: { pathNot: [`${core}.*/rules/`, `${transfer}(.*/rules/|rules\\.ts$)`] },
    },
    {
      name: 'use-cases-know-ports-and-rules',
      comment: 'And how to wait. What they need of a database or a server is a port of their room.',
      severity: 'error',
      from: { path: `${core}${anyRoom}/${useCase}` },
      to: {
        pathNot: [
          `${core}.*/rules/`,
          `${core}${anyRoom}/${useCase}`,
          `${core}kernel/[^/]+\\.ts$`,
          `${transfer}(index|rules|storage/object-store)\\.ts$`,
          '^timers/promises$',
        ],
      },
    },
    {
      name: 'ledger-on-database',
      comment: 'What every change writes: on the database and the rules, below every room.',
      severity: 'error',
      from: { path: `${core}ledger/` },
      to: { path: core, pathNot: `${core}(ledger/|database/|kernel/|.*/rules/)` },
    },
    {
      name: 'database-on-kernel',
      severity: 'error',
      from: { path: `${core}database/` },
      to: { path: core, pathNot: `${core}(database|kernel)/` },
    },
    {
      name: 'kernel-knows-nobody',
      severity: 'error',
      from: { path: `${core}kernel/` },
      to: { path: core, pathNot: `${core}kernel/` },
    },
    {
      name: 'only-runtime-knows-runtime',
      severity: 'error',
      from: { path: core, pathNot: `${core}(runtime/|index\\.ts$)` },
      to: { path: `${core}runtime/` },
    },
    {
      name: 'transfer-knows-nobody',
      comment: 'No task, tenant, session or database: it downloads a URL into storage.',
      severity: 'error',
      from: { path: transfer },
      to: { path: '^(packages|apps)/', pathNot: [transfer, '^packages/durable-files/src/index\\.ts$'] },
    },
    {
      name: 'http-is-lowest',
      severity: 'error',
      from: { path: `${transfer}http/` },
      to: { path: transfer, pathNot: `${transfer}http/` },
    },
    {
      name: 'egress-on-http',
      severity: 'error',
      from: { path: `${transfer}egress/` },
      to: { path: transfer, pathNot: `${transfer}(egress|http)/` },
    },
    {
      name: 'source-on-egress',
      severity: 'error',
      from: { path: `${transfer}source/` },
      to: { path: transfer, pathNot: `${transfer}(source|egress|http)/` },
    },
    {
      name: 'storage-on-http',
      severity: 'error',
      from: { path: `${transfer}storage/` },
      to: { path: transfer, pathNot: `${transfer}(storage|http)/` },
    },
    {
      name: 'bytes-on-source-and-the-port-of-storage',
      severity: 'error',
      from: { path: `${transfer}bytes/` },
      to: { path: transfer, pathNot: `${transfer}(bytes|source|http|storage/(object-store\\.ts$|rules/))` },
    },
    {
      name: 'engine-knows-the-port-of-storage',
      comment: 'Whoever starts it chooses where the bytes go.',
      severity: 'error',
      from: { path: `${transfer}engine/` },
      to: { path: `${transfer}storage/`, pathNot: `${transfer}storage/(object-store\\.ts$|rules/)` },
    },
    {
      name: 'transfer-through-its-exports',
      severity: 'error',
      from: { path: '^(packages|apps)/', pathNot: transfer },
      to: {
        path: transfer,
        pathNot: `${transfer}(index|rules|(http|egress)/index|storage/(object-store|disk/disk-object-store|s3/s3-object-store))\\.ts$`,
      },
    },
    ...roomRules,
    {
      name: 'durable-files-knows-nobody',
      comment: 'Below every other package: nothing of ours or of npm, and of Node only its file system.',
      severity: 'error',
      from: { path: '^packages/durable-files/src/' },
      to: { pathNot: '^(packages/durable-files/src/|(node:)?(crypto|fs/promises|path)$)' },
    },
    {
      name: 'durable-files-through-its-index',
      severity: 'error',
      from: { path: '^(packages|apps)/', pathNot: '^packages/durable-files/src/' },
      to: { path: '^packages/durable-files/src/', pathNot: '^packages/durable-files/src/index\\.ts$' },
    },
    {
      name: 'embedded-postgres-on-durable-files',
      comment: 'It runs a server in a folder: no task, no table, and nothing that opens a connection.',
      severity: 'error',
      from: { path: '^packages/embedded-postgres/src/' },
      to: {
        pathNot:
          '^(packages/(embedded-postgres/src/|durable-files/src/index\\.ts$)|(node:)?(child_process|crypto|events|fs/promises|module|os|path|process|timers/promises)$)',
      },
    },
    {
      name: 'embedded-postgres-through-its-index',
      severity: 'error',
      from: { path: '^(packages|apps)/', pathNot: '^packages/embedded-postgres/src/' },
      to: { path: '^packages/embedded-postgres/src/', pathNot: '^packages/embedded-postgres/src/index\\.ts$' },
    },
    {
      name: 'webhooks-knows-nobody',
      comment: 'Users install it alone, on any runtime: nothing of ours, of Node or of npm.',
      severity: 'error',
      from: { path: '^packages/webhooks/src/' },
      to: { pathNot: '^packages/webhooks/src/' },
    },
    {
      name: 'webhooks-through-its-exports',
      severity: 'error',
      from: { path: '^(packages|apps)/', pathNot: '^packages/webhooks/src/' },
      to: { path: '^packages/webhooks/src/', pathNot: '^packages/webhooks/src/(index|express|fastify|fetch)\\.ts$' },
    },
    {
      name: 'sdk-knows-the-webhooks-only',
      comment:
        'Users install it alone, on any runtime, browsers too: nothing of Node or of npm, and of ours what is bundled.',
      severity: 'error',
      from: { path: '^packages/sdk/src/' },
      to: {
        pathNot: '^packages/(sdk/src/|webhooks/src/(index|express|fastify|fetch)\\.ts$)',
        dependencyTypesNot: ['type-only', 'type-import'],
      },
    },
    {
      name: 'sdk-rules-are-pure',
      severity: 'error',
      from: { path: '^packages/sdk/src/rules/' },
      to: { pathNot: '^packages/sdk/src/rules/' },
    },
    {
      name: 'sdk-through-its-exports',
      severity: 'error',
      from: { path: '^(packages|apps)/', pathNot: '^packages/sdk/src/' },
      to: {
        path: '^packages/sdk/src/',
        pathNot: '^packages/sdk/src/(index|webhooks/(index|express|fastify|fetch))\\.ts$',
      },
    },
    {
      name: 'cli-on-the-sdk',
      comment: 'Users install it alone: of ours it has the SDK and nothing else.',
      severity: 'error',
      from: { path: '^apps/cli/' },
      to: { path: '^(packages|apps)/', pathNot: '^(apps/cli/|packages/sdk/src/index\\.ts$)' },
    },
    {
      name: 'cli-rules-are-pure',
      comment: 'Clock, files and the terminal are arguments; of the SDK they have the types.',
      severity: 'error',
      from: { path: '^apps/cli/src/rules/' },
      to: { pathNot: '^apps/cli/src/rules/', dependencyTypesNot: ['type-only', 'type-import'] },
    },
    {
      name: 'cli-commands-stand-alone',
      comment: 'What two commands share is above them.',
      severity: 'error',
      from: { path: '^apps/cli/src/', pathNot: '^apps/cli/src/(commands/index|program)\\.ts$' },
      to: { path: '^apps/cli/src/commands/' },
    },
    {
      name: 'dashboard-on-the-sdk',
      comment: 'It runs in a browser: of ours it has the SDK, and nothing of Node.',
      severity: 'error',
      from: { path: '^apps/dashboard/src/' },
      to: {
        pathNot: '^(apps/dashboard/src/|packages/sdk/src/index\\.ts$|node_modules/)',
      },
    },
    {
      name: 'dashboard-rules-are-pure',
      comment: 'Clock and address are arguments; of the SDK they have the types.',
      severity: 'error',
      from: { path: '^apps/dashboard/src/rules/' },
      to: { pathNot: '^apps/dashboard/src/rules/', dependencyTypesNot: ['type-only', 'type-import'] },
    },
    {
      name: 'core-through-its-index',
      comment:
        'Apps come in through packages/core/src/index.ts; main files also take what has to stand before it is loaded.',
      severity: 'error',
      from: { path: '^apps/' },
      to: { path: core, pathNot: `${core}(index|runtime/hold-signal)\\.ts$` },
    },
    {
      name: 'apps-know-other-apps-from-outside-only',
      severity: 'error',
      from: { path: '^apps/(api|worker)/' },
      to: { path: '^apps/(?!$1/)' },
    },
    {
      name: 'only-the-egress-guard-dials',
      comment:
        'One file opens sockets. What a tenant has chosen is dialled by the guard, our own storage by its writes. Nobody else has an HTTP client, but for the spans to the collector that the operator names. The server for operators only listens.',
      severity: 'error',
      from: {
        path: '^(packages/(core|transfer)|apps)/',
        pathNot: [
          `${transfer}http/connection\\.ts$`,
          `${core}operations/http/operations-server\\.ts$`,
          `${core}operations/opentelemetry/span-sender\\.ts$`,
          '^apps/standalone/src/demo',
        ],
      },
      to: { path: '^(node:)?(http|https|http2|net|tls)$', dependencyTypes: ['core'] },
    },
    {
      name: 'traces-are-loaded-when-they-are-on',
      comment: 'Its modules cost memory and time at every start, and most processes have no collector.',
      severity: 'error',
      from: { path: '^(packages|apps)/', pathNot: `${core}operations/opentelemetry/` },
      to: {
        path: 'operations/opentelemetry/',
        dependencyTypesNot: ['type-only', 'dynamic-import'],
      },
    },
    {
      name: 'what-most-processes-never-need-is-loaded-when-it-is-needed',
      comment:
        'Prisma keeps 80 MiB in a process, the client of S3 20, what sends files from disk 5, what renders the guide one. Names of columns come from the generated browser.ts.',
      severity: 'error',
      from: {
        path: '^(packages|apps)/',
        pathNot: `${core}database/(generated/|prisma-client|migration-engine)|${transfer}storage/s3/|^apps/api/src/(routes/files|guide/)`,
      },
      to: {
        path: `@prisma/(client|adapter-pg)|generated/client\\.ts|database/(prisma-client|migration-engine)\\.ts|storage/s3/|@aws-sdk/|@fastify/static|hash-wasm|marked/|routes/files\\.ts|^apps/api/src/guide/`,
        dependencyTypesNot: ['type-only', 'dynamic-import'],
      },
    },
    {
      name: 'only-guard-and-storage-open-connections',
      severity: 'error',
      from: {
        path: '^(packages/(core|transfer)|apps)/',
        pathNot: `${transfer}(egress/(route|connect-proxy)|storage/s3/put-relay)\\.ts$`,
      },
      to: { path: `${transfer}http/connection\\.ts$`, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-the-guard-takes-routes',
      comment: 'A route does not ask whether an address may be reached: the guard has.',
      severity: 'error',
      from: {
        path: '^(packages/(core|transfer)|apps)/',
        pathNot: `${transfer}egress/(guard|connect-proxy|route)\\.ts$`,
      },
      to: { path: `${transfer}egress/(connect-proxy|route)\\.ts$`, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-the-resolver-resolves',
      comment: 'Names that a tenant has chosen are resolved once per dial, and every answer is judged.',
      severity: 'error',
      from: { path: '^(packages/(core|transfer)|apps)/', pathNot: `${transfer}egress/resolver\\.ts$` },
      to: { path: '^(node:)?dns(/promises)?$', dependencyTypes: ['core'] },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'declared-dependencies-only',
      severity: 'error',
      from: { path: '^(packages|apps)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'database/generated|^apps/dashboard/dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.js'],
    },
    combinedDependencies: false,
  },
}
