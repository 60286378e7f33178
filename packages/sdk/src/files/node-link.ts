import { fileBodyOf, type OpenFile, openByFetch } from './file-body.ts'
import { readLink } from './read-link.ts'

/** Less is no use: `fetch` has a connection open perhaps, and its CPU is not what is waited for. */
const leastBytes = 4 * 1024 * 1024
/** For the API, not for where it sends us (Fetch, "HTTP-redirect fetch"). */
const secretFields = /^(authorization|proxy-authorization|cookie)$/i

/**
 * Opens a file, of which so many bytes are wanted, in Node, where to receive them by `fetch` or by `node:http` costs three times the CPU that a socket costs,
 * and on a fast link the CPU is what is waited for. The API is asked by `fetch` as ever; only the link that it gives is read from a socket.
 * Where that does not work at once, whatever the reason, `fetch` is asked instead, and for the rest of this file: its redirects,
 * refusals and errors are the only ones. A file in a content coding is always read so: `fetch` would take the coding off, and the
 * checksum is one of the stored bytes.
 */
export function createLinkOpener(bytes: number, isCoded: boolean): OpenFile {
  let mayBeRead = isCoded || bytes >= leastBytes
  return async (transport, path, options) => {
    if (!mayBeRead || !transport.usesGlobalFetch || !fetchConnectsItself()) return openByFetch(transport, path, options)
    const opened = await transport.open(path, { ...options, redirect: 'manual' })
    const { response, deadline } = opened
    if (response.ok) return fileBodyOf(opened)
    try {
      await response.body?.cancel()
      const link = new URL(response.headers.get('location')!, response.url)
      return await readLink(link, fieldsFor(link, response.url, options.headers), deadline)
    } catch {
      deadline.close()
      mayBeRead = false
      // If it is the signal that ended it, that ends this as well.
      return openByFetch(transport, path, options)
    }
  }
}

/**
 * Whether this is Node, and its `fetch` opens connections as Node does: no proxy, authority or resolver of its own has been set for it
 * (undici, `setGlobalDispatcher`; NODE_USE_ENV_PROXY). What cannot be told counts as set.
 */
function fetchConnectsItself(): boolean {
  const { versions } = process
  if (versions.bun || versions.deno) return false
  const all = globalThis as unknown as Record<symbol, Record<symbol, { connect?: unknown } | undefined> | undefined>
  const dispatcher = all[Symbol.for('undici.globalDispatcher.1')]
  if (!dispatcher) return true
  if (dispatcher.constructor.name !== 'Agent') return false
  return Object.getOwnPropertySymbols(dispatcher).every((symbol) => !dispatcher[symbol]?.connect)
}

function fieldsFor(link: URL, from: string, given: Record<string, string> = {}): Record<string, string> {
  if (link.origin === new URL(from).origin) return given
  return Object.fromEntries(Object.entries(given).filter(([name]) => !secretFields.test(name)))
}
