/** Clients that create tasks, cancel and suspend some, read their states and follow their feeds. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { TaskView } from '#core/tasks/rules/task-view.ts'
import type { Creation, History } from './history.ts'
import { type Manner, manners, type SoakOrigin } from './origin.ts'
import { oneOf } from './random.ts'
import { must, type SoakSession, type SoakTenant } from './tenants.ts'

const MiB = 1024 * 1024
const pauseMs = 900
const batchOfMost = 4
const largeShare = 0.06
/** Large files are no longer created then: what a run takes of the disk has an end. */
const maxLargeBytes = 512 * MiB
/** A tenant may go to the foreground 30 times an hour. */
const foregroundEveryMs = 150_000

export interface Workload {
  creations: Creation[]
  sightings: History['sightings']
  followed: History['followed']
  /** What a client was refused, which it should not have been. */
  refusals: string[]
  /** Creates until the signal is aborted, and then finishes what it has begun. */
  create(signal: AbortSignal): Promise<void>
  /** One small task in every session of `implied`: its webhooks tell that the endpoint is up. */
  nudge(): Promise<void>
  /** Reads every tenant's events with a cursor, until the signal is aborted. */
  follow(signal: AbortSignal): Promise<void>
}

export function createWorkload(origin: SoakOrigin, tenants: readonly SoakTenant[], random: () => number): Workload {
  const creations: Creation[] = []
  const sightings: History['sightings'] = []
  const refusals: string[] = []
  const followed = new Map<string, string[]>(tenants.map(({ id }) => [id, []]))
  let [named, largeBytes] = [0, 0]

  const nextTask = (manner: Manner) => {
    const isLarge = largeBytes < maxLargeBytes && random() < largeShare
    // Few sizes, because the origin keeps what it has made up.
    const bytes = isLarge ? 6 * MiB + 1_000_003 * Math.floor(random() * 4) : 1 + 7_919 * Math.floor(random() * 25)
    if (isLarge) largeBytes += bytes
    const { path, url } = origin.add(manner, bytes, Math.floor(random() * 8))
    const name = `creation ${++named}`
    return {
      name,
      path,
      mayEndAs: manner === 'missing' ? ['failed'] : ['completed'],
      input: { url, metadata: { creation: name } },
    }
  }
  const createIn = async (
    { identifier, tenantId, client }: SoakSession,
    of: readonly Manner[],
  ): Promise<Creation[]> => {
    const given = of.map(nextTask)
    const key = given[0]!.name.replace(' ', '-')
    const { status, body } = await client.send<{ tasks: TaskView[] }>(
      'POST',
      `/v1/sessions/${identifier}/tasks/batch`,
      { tasks: given.map(({ input }) => input) },
      key,
    )
    if (status >= 300) refusals.push(`${key}: ${status} ${JSON.stringify(body)}`)
    if (status >= 300) return []
    const made = given.map(({ name, path, mayEndAs }, n) => {
      return { name, taskId: body.tasks[n]!.id, tenantId, sessionId: identifier, path, mayEndAs }
    })
    creations.push(...made)
    return made
  }
  const clientOf = (tenantId: string) => tenants.find(({ id }) => id === tenantId)!.client

  /** Cancels, or suspends and resumes. A task that has ended meanwhile refuses that. */
  const disturb = async (creation: Creation) => {
    const { send } = clientOf(creation.tenantId)
    if (random() < 0.5) {
      creation.mayEndAs = [...creation.mayEndAs, 'canceled']
      return void (await send('POST', `/v1/tasks/${creation.taskId}/cancel`))
    }
    await send('POST', `/v1/tasks/${creation.taskId}/suspend`)
    await sleep(500 * random())
    await send('POST', `/v1/tasks/${creation.taskId}/resume`)
  }
  const look = async ({ taskId, tenantId }: Creation) => {
    const behind = sightings.length
    const { status, body } = await clientOf(tenantId).send<TaskView>('GET', `/v1/tasks/${taskId}`)
    if (status >= 300) refusals.push(`GET ${taskId}: ${status}`)
    else sightings.push({ taskId, state: body.state, behind })
  }
  const foreground = async (tenant: SoakTenant) => {
    tenant.wasInForeground = true
    await tenant.client.send('POST', '/v1/foreground', { ttlSeconds: 5 })
  }
  const followTenant = async ({ id, client }: SoakTenant, signal: AbortSignal) => {
    const read = followed.get(id)!
    for (let after = ''; ; ) {
      const page = await must<{ data: { id: string }[]; nextCursor: string }>(
        client.send('GET', `/v1/events?limit=200${after && `&after=${after}`}`),
      )
      read.push(...page.data.map((event) => event.id))
      after = page.nextCursor ?? after
      if (page.data.length > 0) continue
      if (signal.aborted) return
      await sleep(500)
    }
  }
  return {
    creations,
    sightings,
    followed,
    refusals,
    async create(signal) {
      const begun = new Set<Promise<unknown>>()
      const begin = (work: Promise<unknown>) => {
        begun.add(work)
        const end = () => begun.delete(work)
        work.then(end, end)
      }
      const foregroundTenant = tenants.at(-1)!
      for (let nextForegroundAt = Date.now() + 20_000; !signal.aborted; ) {
        const session = oneOf(
          random,
          tenants.flatMap(({ sessions }) => sessions),
        )
        const of = Array.from({ length: 1 + Math.floor(random() * batchOfMost) }, () => oneOf(random, manners))
        const disturbed = random() < 0.3
        begin(createIn(session, of).then(async ([first]) => first && disturbed && (await disturb(first))))
        if (creations.length > 0) begin(look(creations[Math.floor(random() * creations.length)]!))
        if (creations.length > 0) begin(look(creations.at(-1)!))
        if (Date.now() > nextForegroundAt) {
          nextForegroundAt = Date.now() + foregroundEveryMs
          begin(foreground(foregroundTenant))
        }
        await sleep(2 * pauseMs * random(), null, { signal }).catch(() => {})
      }
      await Promise.all(begun)
    },
    nudge: async () => void (await Promise.all(tenants.map(({ quiet }) => createIn(quiet, ['plain'])))),
    follow: async (signal) => void (await Promise.all(tenants.map((tenant) => followTenant(tenant, signal)))),
  }
}
