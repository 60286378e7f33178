import { type Backhaul, ConflictError, type GivenTask, InvalidRequestError } from '@backhaul/sdk'
import type { Output } from '../output.ts'

/** Of the tasks that name no session. Nobody is woken for it: whoever calls waits, or asks later. */
export const ownSession = 'backhaul-cli'
const configuration = { delegate: { kind: 'pull' as const } }

/** Creates the tasks and returns their ids, in the same order. */
export async function createTasks(
  { client, output, signal }: { client: Backhaul; output: Output; signal: AbortSignal },
  session: string | undefined,
  given: readonly GivenTask[],
): Promise<string[]> {
  if (session === undefined) await openOwnSession(client, signal)
  else await openSession(client, session, output, signal)
  const identifier = session ?? ownSession
  // Errors of a batch name the place of a task in it, which confuses where there is but one.
  if (given.length === 1) return [(await client.tasks.create(identifier, given[0]!, { signal })).id]
  const { tasks, advice } = await client.tasks.createMany(identifier, given, { signal })
  for (const sentence of advice) output.note(sentence)
  return tasks.map(({ id }) => id)
}

/** One that was made with other settings is as good. */
async function openOwnSession(client: Backhaul, signal: AbortSignal): Promise<void> {
  try {
    await client.sessions.open(ownSession, { configuration }, { signal })
  } catch (error) {
    if (!(error instanceof ConflictError && error.code === 'configuration_mismatch')) throw error
  }
}

/** As it is; a new one is made with nobody to wake. */
async function openSession(client: Backhaul, session: string, { note }: Output, signal: AbortSignal): Promise<void> {
  try {
    await client.sessions.open(session, {}, { signal })
  } catch (error) {
    if (!(error instanceof InvalidRequestError && error.code === 'delegate_required')) throw error
    await client.sessions.open(session, { configuration }, { signal })
    note(`The session ${session} is new; its events are in the feed only (delegate: pull).`)
  }
}
