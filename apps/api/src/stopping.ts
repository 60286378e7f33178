import type { App } from './app.ts'

/** The time that running requests have to finish (ms). */
const shutdownGraceMs = 5_000

/**
 * Aborted as soon as the server begins to close. Closing waits for open connections, so each is closed with its response,
 * and connections that send no complete request in time are cut: Node stops enforcing its own timeouts once it is closing.
 */
export function watchStopping(app: App): AbortSignal {
  const stopping = new AbortController()
  app.addHook('preClose', async () => {
    stopping.abort()
    const timer = setTimeout(() => app.server.closeAllConnections(), shutdownGraceMs)
    app.server.once('close', () => clearTimeout(timer))
    if (!app.server.listening) clearTimeout(timer)
  })
  app.addHook('onSend', async (_request, reply) => {
    if (stopping.signal.aborted) reply.header('connection', 'close')
  })
  return stopping.signal
}
