// The arrows of the house: domain <- app <- infra <- core/index <- apps. See ARCHITECTURE.md.
export default {
  forbidden: [
    {
      name: 'domain-is-pure',
      comment: 'No clock, no random, no I/O, no npm: rules are functions of their arguments.',
      severity: 'error',
      from: { path: '^packages/core/src/domain/' },
      to: { pathNot: '^packages/core/src/domain/' },
    },
    {
      name: 'app-knows-domain-only',
      comment: 'And how to wait.',
      severity: 'error',
      from: { path: '^packages/core/src/app/' },
      to: { pathNot: ['^packages/core/src/(app|domain)/', '^timers/promises$'] },
    },
    {
      name: 'webhooks-knows-nobody',
      comment: 'Users install it alone, on any runtime: nothing of ours, of Node or of npm.',
      severity: 'error',
      from: { path: '^packages/webhooks/src/' },
      to: { pathNot: '^packages/webhooks/src/' },
    },
    {
      name: 'webhooks-through-its-doors',
      severity: 'error',
      from: { path: '^(packages|apps)/', pathNot: '^packages/webhooks/src/' },
      to: { path: '^packages/webhooks/src/', pathNot: '^packages/webhooks/src/(index|express|fastify|fetch)\\.ts$' },
    },
    {
      name: 'one-door-to-core',
      comment: 'Apps come in through packages/core/src/index.ts.',
      severity: 'error',
      from: { path: '^apps/' },
      to: { path: '^packages/core/src/', pathNot: '^packages/core/src/index\\.ts$' },
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
        'One file opens sockets. What a tenant has chosen is dialled by the guard, our own storage by its writes. Nobody has an HTTP client.',
      severity: 'error',
      from: {
        path: '^(packages/core|apps)/',
        pathNot: ['^packages/core/src/infra/connection\\.ts$', '^apps/standalone/src/demo'],
      },
      to: { path: '^(node:)?(http|https|http2|net|tls)$', dependencyTypes: ['core'] },
    },
    {
      name: 'only-guard-and-storage-open-connections',
      severity: 'error',
      from: {
        path: '^(packages/core|apps)/',
        pathNot: '^packages/core/src/infra/(egress-route|egress-proxy|s3-writes)\\.ts$',
      },
      to: { path: '^packages/core/src/infra/connection\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-the-guard-takes-routes',
      comment: 'A route does not ask whether an address may be reached: the guard has.',
      severity: 'error',
      from: {
        path: '^(packages/core|apps)/',
        pathNot: '^packages/core/src/infra/egress-(guard|proxy|route)\\.ts$',
      },
      to: { path: '^packages/core/src/infra/egress-(proxy|route)\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-the-resolver-resolves',
      comment: 'Names that a tenant has chosen are resolved once per dial, and every answer is judged.',
      severity: 'error',
      from: { path: '^(packages/core|apps)/', pathNot: '^packages/core/src/infra/resolver\\.ts$' },
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
    exclude: { path: 'infra/generated' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js'],
    },
    combinedDependencies: false,
  },
}
