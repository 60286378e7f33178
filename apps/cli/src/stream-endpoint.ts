import { type Api, ApiRefusal, commandErrorOf } from './api.ts'
import type { EndpointFiles, KeptEndpoint } from './endpoint-files.ts'
import { CommandError } from './terminal.ts'

export type StreamEndpoint = KeptEndpoint

interface EndpointResponse {
  id: string
  state: 'enabled' | 'disabled'
  disabledReason: string | null
  eventTypes: string[]
  secretHint: string
}

/**
 * Finds or creates the stream endpoint of this machine and the key's tenant. With `eventTypes` it gets only those
 * from now on (empty: all); with null the types stay as they are. Throws CommandError.
 */
export async function streamEndpoint(
  { api, files, stderr }: { api: Api; files: EndpointFiles; stderr(text: string): void },
  eventTypes: readonly string[] | null,
): Promise<StreamEndpoint> {
  try {
    for (const kept of await files.list()) {
      const shown = await find(api, kept.id)
      if (shown === null) continue
      if (shown.state === 'disabled') throw disabled(shown)
      if (!isOf(kept.secret, shown.secretHint))
        stderr(`The secret of ${kept.id} was rotated elsewhere: the one that is kept here may no longer sign.\n`)
      if (eventTypes !== null && !isSame(shown.eventTypes, eventTypes))
        await api.send('PATCH', `/v1/webhook-endpoints/${kept.id}`, { eventTypes })
      return kept
    }
    await files.prepare()
    const given = { kind: 'stream', description: 'backhaul listen', eventTypes: eventTypes ?? [] }
    const { id, secret } = await api.send<KeptEndpoint>('POST', '/v1/webhook-endpoints', given)
    await files.keep({ id, secret })
    return { id, secret }
  } catch (error) {
    throw commandErrorOf(error)
  }
}

/** Null when the endpoint belongs to another tenant (404). */
async function find(api: Api, id: string): Promise<EndpointResponse | null> {
  try {
    return await api.send<EndpointResponse>('GET', `/v1/webhook-endpoints/${id}`)
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 404) return null
    throw error
  }
}

function disabled({ id, disabledReason }: EndpointResponse): CommandError {
  const why = disabledReason === null ? '' : ` (${disabledReason})`
  return new CommandError(`${id} is disabled${why}. Enable it: POST /v1/webhook-endpoints/${id}/enable`)
}

/** Compares with a hint, which is the first and the last characters of a secret. */
function isOf(secret: string, hint: string): boolean {
  const [first = '', last = ''] = hint.split('…')
  return secret.startsWith(first) && secret.endsWith(last)
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return new Set(some).symmetricDifference(new Set(others)).size === 0
}
