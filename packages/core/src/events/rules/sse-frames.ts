/** How long a client waits before it connects again. */
const reconnectMs = 2_000

/** One message (HTML, 9.2.5). JSON has no line breaks, and neither have ids and types. */
export function message({ id, event, data }: { id?: string; event: string; data: unknown }): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

/** The first words: the client is connected, and has an id to go on from even if no event comes before the connection ends. */
export function opening(id: string): string {
  return `: connected\nretry: ${reconnectMs}\nid: ${id}\n\n`
}

/** The first words where there is no place to go on from. */
export const connectedComment = `: connected\nretry: ${reconnectMs}\n\n`

/** A comment sent while there are no events, so that proxies do not close the connection as idle. */
export const heartbeat = ': still here\n\n'
