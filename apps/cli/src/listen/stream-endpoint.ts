import { type Backhaul, type ChangeEndpoint, type Endpoint, NotFoundError } from '@backhaul/sdk'
import { CommandError } from '../command-error.ts'
import { exitCodes } from '../rules/exit-codes.ts'
import type { EndpointFiles, KeptEndpoint } from './endpoint-files.ts'

export type StreamEndpoint = KeptEndpoint

/** The service knows which types there are. */
type EventTypes = NonNullable<ChangeEndpoint['eventTypes']>

/**
 * Finds or creates the stream endpoint of this machine and the key's tenant. With `eventTypes` it gets only those
 * from now on (empty: all); with null the types stay as they are. Throws CommandError, and what the SDK throws.
 */
export async function streamEndpoint(
  {
    client,
    files,
    note,
    signal,
  }: { client: Backhaul; files: EndpointFiles; note(text: string): void; signal: AbortSignal },
  eventTypes: readonly string[] | null,
): Promise<StreamEndpoint> {
  for (const kept of await files.list()) {
    const shown = await find(client, kept.id, signal)
    if (shown === null) continue
    if (shown.state === 'disabled') throw disabled(shown)
    if (!isOf(kept.secret, shown.secretHint))
      note(`The secret of ${kept.id} was rotated elsewhere: the one that is kept here may no longer sign.`)
    if (eventTypes !== null && !isSame(shown.eventTypes, eventTypes))
      await client.endpoints.update(kept.id, { eventTypes: eventTypes as EventTypes }, { signal })
    return kept
  }
  await files.prepare()
  const created = await client.endpoints.create({
    kind: 'stream',
    description: 'backhaul listen',
    eventTypes: (eventTypes ?? []) as EventTypes,
  })
  // Only an endpoint with a key pair (`v1a`) has no secret.
  const endpoint = { id: created.id, secret: created.secret! }
  try {
    await files.keep(endpoint)
  } catch (error) {
    // Without its secret nobody could use it.
    await client.endpoints.delete(created.id)
    throw error
  }
  return endpoint
}

/** Null when the endpoint belongs to another tenant (404). */
async function find(client: Backhaul, id: string, signal: AbortSignal): Promise<Endpoint | null> {
  try {
    return await client.endpoints.get(id, { signal })
  } catch (error) {
    if (error instanceof NotFoundError) return null
    throw error
  }
}

function disabled({ id, disabledReason }: Endpoint): CommandError {
  const why = disabledReason === null ? '' : ` (${disabledReason})`
  return new CommandError(`${id} is disabled${why}. Enable it: backhaul endpoints enable ${id}`, exitCodes.refused)
}

/** Compares with a hint, which is the first and the last characters of a secret. */
function isOf(secret: string, hint: string): boolean {
  const [first = '', last = ''] = hint.split('…')
  return secret.startsWith(first) && secret.endsWith(last)
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return new Set(some).symmetricDifference(new Set(others)).size === 0
}
