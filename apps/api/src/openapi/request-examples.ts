const url = 'https://example.com/data.tar.gz'
const task = {
  url,
  countOfBytesClientExpectsToReceive: 512_000,
  metadata: { orderId: '42' },
  expected: { mimeTypes: ['application/gzip'] },
}

/** A valid body for every request schema, by the schema's name. */
export const requestExamples: Record<string, object> = {
  Nothing: {},
  PutSession: {
    configuration: { delegate: { url: 'https://client.example.com/webhooks/backhaul' }, isDiscretionary: true },
  },
  GivenTask: task,
  GivenBatch: { tasks: [task, { url: 'https://example.com/more.tar.gz', priority: 1 }] },
  ChangeTask: { url: `${url}?signature=renewed`, priority: 1 },
  CancelTask: { producingResumeData: true },
  RetryTask: { url: `${url}?signature=renewed` },
  MoveFile: { key: 'backups/data.tar.gz' },
  RenewFile: { seconds: 86_400 },
  GivenEndpoint: { url: 'https://client.example.com/webhooks/backhaul', description: 'production' },
  ChangeEndpoint: { eventTypes: ['task.completed'], maximumDeliveriesPerSecond: 20 },
  RotateSecret: { overlapSeconds: 86_400 },
  TestEndpoint: { type: 'task.completed' },
  GivenAnswer: { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' },
  GivenRecovery: { since: '2026-12-01T00:00:00.000Z', until: '2026-12-02T00:00:00.000Z' },
  CompleteWake: { completionToken: 'the completionToken of the session.wake event' },
  ExtendWake: { seconds: 600 },
  GivenForeground: { ttlSeconds: 60 },
  GivenSimulation: { chain: { count: 8, thinkSeconds: 5, transferSeconds: 11 } },
  GivenTenant: { name: 'Example Ltd' },
  ChangedTenant: {
    weight: 2,
    limiterPolicy: { baseSeconds: 60, factor: 2, capSeconds: 21_600 },
    limits: { maximumTasksInFlight: 256, maximumStoredBytes: null },
  },
  GivenApiKey: {
    name: 'nightly mirror',
    scopes: ['read', 'write'],
    expiresAt: '2027-12-01T00:00:00.000Z',
    allowedCidrs: ['203.0.113.0/24'],
  },
  GivenSignIn: { key: 'bh_…' },
  RotateApiKey: { overlapSeconds: 86_400 },
}
