import { createRequestCounter, type RequestCounter } from '@backhaul/core'
import type { App } from './app.ts'
import type { ApiDeps } from './deps.ts'

/** A process that is killed loses the requests of so long (ms), and no other count. */
const writeEveryMs = 5_000

/** The counter of the requests with a valid key. It is written every few seconds and when the server has closed. */
export function countRequests(app: App, { stores }: Pick<ApiDeps, 'stores'>): RequestCounter {
  const counter = createRequestCounter(stores, app.log)
  const timer = setInterval(() => void counter.write(), writeEveryMs).unref()
  app.addHook('onClose', async () => {
    clearInterval(timer)
    await counter.write()
  })
  return counter
}
