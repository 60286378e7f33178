/** The pages of the dashboard beside `/`, as in apps/dashboard/src/pages.ts: each can be the first that a browser asks for. */
export const dashboardPaths = [
  '/tasks',
  '/tasks/:id',
  '/webhooks',
  '/webhooks/verify',
  '/webhooks/:id',
  '/deliveries',
  '/deliveries/:id',
  '/events',
  '/limiter',
  '/workers',
]
