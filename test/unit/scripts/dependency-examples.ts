/** For every rule of `.dependency-cruiser.mjs` that is not made for each room: imports that it forbids, and neighbours that it allows. */
interface Example {
  rule: string
  forbidden: readonly Arrow[]
  allowed: readonly Arrow[]
  /** What makes the forbidden ones forbidden. */
  besides?: readonly Arrow[]
}
type Arrow = readonly [from: string, to: string]

const core = (path: string) => `packages/core/src/${path}.ts`
const transfer = (path: string) => `packages/transfer/src/${path}.ts`
const durable = (path: string) => `packages/durable-files/src/${path}.ts`
const embedded = (path: string) => `packages/embedded-postgres/src/${path}.ts`
const webhooks = (path: string) => `packages/webhooks/src/${path}.ts`
const sdk = (path: string) => `packages/sdk/src/${path}.ts`
const app = (path: string) => `apps/${path}.ts`

export const examples: readonly Example[] = [
  {
    rule: 'rules-are-pure',
    forbidden: [
      [core('tasks/rules/impure'), 'node:crypto'],
      [core('tasks/rules/impure'), core('kernel/log')],
      [core('kernel/rules/impure'), core('database/database')],
      [transfer('engine/rules/impure'), transfer('source/source')],
    ],
    allowed: [
      [core('tasks/rules/pure'), core('kernel/rules/errors')],
      [core('tasks/rules/pure'), transfer('rules')],
    ],
  },
  {
    rule: 'use-cases-know-ports-and-rules',
    forbidden: [
      [core('tasks/create'), core('database/database')],
      [core('tasks/create'), core('ledger/ledger')],
      [core('tasks/create'), core('tasks/postgres/task-store')],
      [core('tasks/create'), 'node:fs/promises'],
      [core('events/live/hub'), core('database/database')],
    ],
    allowed: [
      [core('tasks/create'), core('tasks/task-store')],
      [core('tasks/create'), core('tasks/rules/task')],
      [core('tasks/create'), core('kernel/log')],
      [core('tasks/create'), 'node:timers/promises'],
    ],
  },
  {
    rule: 'ledger-on-database',
    forbidden: [
      [core('ledger/end-task'), core('tasks/task-store')],
      [core('ledger/end-task'), core('tasks/postgres/task-store')],
    ],
    allowed: [
      [core('ledger/end-task'), core('database/database')],
      [core('ledger/end-task'), core('tasks/rules/task')],
    ],
  },
  {
    rule: 'database-on-kernel',
    forbidden: [[core('database/database'), core('ledger/ledger')]],
    allowed: [[core('database/database'), core('kernel/log')]],
  },
  {
    rule: 'kernel-knows-nobody',
    forbidden: [[core('kernel/page'), core('database/database')]],
    allowed: [[core('kernel/page'), core('kernel/log')]],
  },
  {
    rule: 'only-runtime-knows-runtime',
    forbidden: [[core('tasks/postgres/task-store'), core('runtime/config')]],
    allowed: [
      [core('index'), core('runtime/config')],
      [core('runtime/runtime'), core('runtime/config')],
    ],
  },
  {
    rule: 'transfer-knows-nobody',
    forbidden: [[transfer('engine/download'), core('index')]],
    allowed: [[transfer('storage/disk/write'), durable('index')]],
  },
  {
    rule: 'http-is-lowest',
    forbidden: [[transfer('http/exchange'), transfer('egress/guard')]],
    allowed: [[transfer('http/exchange'), transfer('http/buffer-pool')]],
  },
  {
    rule: 'egress-on-http',
    forbidden: [[transfer('egress/guard'), transfer('source/source')]],
    allowed: [[transfer('egress/guard'), transfer('http/buffer-pool')]],
  },
  {
    rule: 'source-on-egress',
    forbidden: [[transfer('source/http-source'), transfer('engine/download')]],
    allowed: [[transfer('source/http-source'), transfer('egress/guard')]],
  },
  {
    rule: 'storage-on-http',
    forbidden: [[transfer('storage/object-store'), transfer('egress/guard')]],
    allowed: [[transfer('storage/object-store'), transfer('http/buffer-pool')]],
  },
  {
    rule: 'bytes-on-source-and-the-port-of-storage',
    forbidden: [
      [transfer('bytes/body-chunks'), transfer('engine/download')],
      [transfer('bytes/buffered-write'), transfer('storage/disk/write')],
      [transfer('bytes/body-chunks'), transfer('egress/guard')],
    ],
    allowed: [
      [transfer('bytes/body-chunks'), transfer('source/source')],
      [transfer('bytes/buffered-write'), transfer('storage/object-store')],
      [transfer('bytes/rules/integrity'), transfer('storage/rules/crc')],
    ],
  },
  {
    rule: 'engine-knows-the-port-of-storage',
    forbidden: [[transfer('engine/download'), transfer('storage/disk/write')]],
    allowed: [[transfer('engine/download'), transfer('storage/object-store')]],
  },
  {
    rule: 'transfer-through-its-exports',
    forbidden: [[core('runtime/runtime'), transfer('source/source')]],
    allowed: [[core('runtime/runtime'), transfer('index')]],
  },
  {
    rule: 'durable-files-knows-nobody',
    forbidden: [
      [durable('private-file'), core('kernel/log')],
      [durable('private-file'), 'node:net'],
    ],
    allowed: [[durable('private-file'), 'node:fs/promises']],
  },
  {
    rule: 'durable-files-through-its-index',
    forbidden: [[core('runtime/runtime'), durable('private-file')]],
    allowed: [[core('runtime/runtime'), durable('index')]],
  },
  {
    rule: 'embedded-postgres-on-durable-files',
    forbidden: [
      [embedded('server'), core('kernel/log')],
      [embedded('server'), 'node:net'],
    ],
    allowed: [
      [embedded('server'), durable('index')],
      [embedded('server'), 'node:child_process'],
    ],
  },
  {
    rule: 'embedded-postgres-through-its-index',
    forbidden: [[core('runtime/runtime'), embedded('server')]],
    allowed: [[core('runtime/runtime'), embedded('index')]],
  },
  {
    rule: 'webhooks-knows-nobody',
    forbidden: [
      [webhooks('receive'), core('kernel/log')],
      [webhooks('receive'), 'node:crypto'],
    ],
    allowed: [[webhooks('receive'), webhooks('verify')]],
  },
  {
    rule: 'webhooks-through-its-exports',
    forbidden: [[app('standalone/src/demo'), webhooks('verify')]],
    allowed: [[app('standalone/src/demo'), webhooks('fastify')]],
  },
  {
    rule: 'sdk-knows-the-webhooks-only',
    forbidden: [
      [sdk('files/save'), 'node:fs/promises'],
      [sdk('files/save'), core('kernel/log')],
      [sdk('files/save'), webhooks('receive')],
    ],
    allowed: [
      [sdk('webhooks/index'), webhooks('index')],
      [sdk('files/save'), sdk('errors')],
    ],
  },
  {
    rule: 'sdk-rules-are-pure',
    forbidden: [[sdk('rules/policy'), sdk('errors')]],
    allowed: [[sdk('rules/policy'), sdk('rules/path')]],
  },
  {
    rule: 'sdk-through-its-exports',
    forbidden: [[app('cli/src/listen'), sdk('errors')]],
    allowed: [[app('cli/src/listen'), sdk('index')]],
  },
  {
    rule: 'cli-on-the-sdk',
    forbidden: [
      [app('cli/src/context'), core('index')],
      [app('cli/src/context'), webhooks('index')],
    ],
    allowed: [[app('cli/src/context'), sdk('index')]],
  },
  {
    rule: 'dashboard-on-the-sdk',
    forbidden: [
      [app('dashboard/src/service'), core('index')],
      [app('dashboard/src/service'), 'node:fs/promises'],
    ],
    allowed: [
      [app('dashboard/src/service'), sdk('index')],
      [app('dashboard/src/service'), app('dashboard/src/rules/format')],
    ],
  },
  {
    rule: 'dashboard-rules-are-pure',
    forbidden: [[app('dashboard/src/rules/format'), app('dashboard/src/service')]],
    allowed: [[app('dashboard/src/rules/task-filters'), app('dashboard/src/rules/waiting-reasons')]],
  },
  {
    rule: 'cli-rules-are-pure',
    forbidden: [
      [app('cli/src/rules/why'), app('cli/src/output')],
      [app('cli/src/rules/why'), 'node:fs/promises'],
    ],
    allowed: [[app('cli/src/rules/why'), app('cli/src/rules/table')]],
  },
  {
    rule: 'cli-commands-stand-alone',
    forbidden: [
      [app('cli/src/commands/get'), app('cli/src/commands/ls')],
      [app('cli/src/output'), app('cli/src/commands/ls')],
    ],
    allowed: [
      [app('cli/src/commands/index'), app('cli/src/commands/ls')],
      [app('cli/src/commands/get'), app('cli/src/output')],
    ],
  },
  {
    rule: 'core-through-its-index',
    forbidden: [[app('api/src/server'), core('tasks/task-store')]],
    allowed: [
      [app('api/src/server'), core('index')],
      [app('api/src/main'), core('runtime/hold-signal')],
    ],
  },
  {
    rule: 'apps-know-other-apps-from-outside-only',
    forbidden: [[app('api/src/server'), app('worker/src/worker')]],
    allowed: [[app('standalone/src/main'), app('worker/src/worker')]],
  },
  {
    rule: 'only-the-egress-guard-dials',
    forbidden: [
      [core('deliveries/http/sender'), 'node:net'],
      [transfer('storage/s3/put-relay'), 'node:https'],
      [app('api/src/server'), 'node:http'],
    ],
    allowed: [[transfer('http/connection'), 'node:tls']],
  },
  {
    rule: 'traces-are-loaded-when-they-are-on',
    forbidden: [[core('runtime/open-tracing'), core('operations/opentelemetry/otlp-tracing')]],
    allowed: [[core('operations/opentelemetry/otlp-tracing'), core('kernel/tracing')]],
  },
  {
    rule: 'what-most-processes-never-need-is-loaded-when-it-is-needed',
    forbidden: [
      [core('database/database'), core('database/prisma-client')],
      [core('database/migrate'), core('database/migration-engine')],
      [core('runtime/runtime'), transfer('storage/s3/s3-object-store')],
      [app('api/src/server'), app('api/src/routes/files')],
    ],
    allowed: [
      [core('database/migrate'), core('database/migration-folder')],
      [transfer('storage/s3/s3-object-store'), transfer('storage/s3/list')],
    ],
  },
  {
    rule: 'only-guard-and-storage-open-connections',
    forbidden: [[transfer('source/source'), transfer('http/connection')]],
    allowed: [
      [transfer('egress/route'), transfer('http/connection')],
      [transfer('storage/s3/put-relay'), transfer('http/connection')],
    ],
  },
  {
    rule: 'only-the-guard-takes-routes',
    forbidden: [[transfer('source/source'), transfer('egress/route')]],
    allowed: [[transfer('egress/guard'), transfer('egress/route')]],
  },
  {
    rule: 'only-the-resolver-resolves',
    forbidden: [[transfer('source/source'), 'node:dns/promises']],
    allowed: [[transfer('egress/resolver'), 'node:dns/promises']],
  },
  {
    rule: 'no-circles',
    forbidden: [[core('hosts/rules/first'), core('hosts/rules/second')]],
    allowed: [[core('hosts/rules/first'), core('hosts/rules/third')]],
    besides: [[core('hosts/rules/second'), core('hosts/rules/first')]],
  },
  {
    rule: 'declared-dependencies-only',
    forbidden: [[app('worker/src/worker'), 'undeclared']],
    allowed: [],
  },
  {
    rule: 'resolvable',
    forbidden: [[app('worker/src/worker'), 'undeclared']],
    allowed: [],
  },
]
