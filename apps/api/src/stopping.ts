import type { App } from './app.ts'

/** Requests that are being answered may finish for so long. */
const shutdownGraceMs = 5_000

/**
 * Aborted as soon as the server begins to close. Closing waits for open connections, so each is closed with its response,
 * and those that bring no whole request in time are cut: Node stops watching its own limits once it is closing.
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
