import { describe, expect, it } from 'vitest'
import { createLanes } from '#support/builders/lanes.ts'
import { eventOf, facts, failure, storedFile, transfer } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

const { take, makeDue, respond, woken } = createLanes(builder)

describe('a body', () => {
  it('is the same on every attempt, whatever becomes of the event, the session or the task', async () => {
    const session = await woken()
    const first = (await take(session))!
    await respond(first, 500)
    await builder.database.run(
      `update event set wake_id = 'wak_other', type = 'file.expired', created_at = now(), data = '{"other": 1}'
       where session_id = $1`,
      [session.id],
    )
    await builder.database.run("update session set identifier = identifier || '-renamed' where id = $1", [session.id])
    await makeDue(session)
    const second = (await take(session))!
    expect(second.body).toBe(first.body)
    expect(second.eventId).toBe(first.eventId)
  })

  it('and every other secret is in clear nowhere in the database', async () => {
    const secrets = ['header-value-in-clear', 'session-header-in-clear', 'query-in-clear', 'redirect-query-in-clear']
    const session = await builder.session(undefined, { httpAdditionalHeaders: { 'X-Session': secrets[1]! } })
    const url = `https://origin.example.com/data.bin?signature=${secrets[2]}`
    const headers = { Authorization: secrets[0]! }
    const currentUrl = `https://cdn.example.com/data.bin?signature=${secrets[3]}`
    const [done, failed, unfinished] = await builder.tasks(session, ...Array(3).fill({ request: { url, headers } }))
    const { lease, job } = await builder.begin(done!.id)
    expect(job.task.request).toEqual({ url, headers })
    expect(job.configuration.httpAdditionalHeaders).toEqual({ 'X-Session': secrets[1] })
    await builder.stores.transfers.startGeneration(lease, transfer(1), { ...facts, currentUrl })
    await builder.stores.transfers.completeTask(
      lease,
      { ...storedFile(done!.id), facts: { ...facts, currentUrl } },
      session.id,
    )
    await builder.stores.transfers.failAttempt((await builder.begin(failed!.id)).lease, failure(null))
    await builder.stores.transfers.finalizeTransfer((await builder.begin(unfinished!.id)).lease, transfer(1), {
      ...facts,
      currentUrl,
    })
    await builder.stores.tasks.suspendTask(session.tenantId, unfinished!.id)
    await builder.stores.wakes.openWakes()
    const sent = await builder.deliver(session, ({ attempts }) => (attempts === 1 ? 500 : 204))
    await makeDue(session)
    sent.push(...(await builder.deliver(session)))
    expect(sent.length).toBeGreaterThan(4)
    const token = eventOf(sent[0]!).data.completionToken as string
    expect(token.length).toBeGreaterThan(20)
    const all = [...secrets, session.secret!, session.secret!.slice(6), token]
    expect(await placesOf(all)).toEqual([])
    // The search finds what is there: the path of the URL is no secret.
    expect((await placesOf(['origin.example.com'])).length).toBeGreaterThan(0)
    for (const delivery of sent) for (const secret of secrets) expect(delivery.body).not.toContain(secret)
  })
})

/** Where any of these occurs, as text or as bytes, in any column of any table. */
async function placesOf(secrets: string[]): Promise<string[]> {
  const columns = await builder.database.many<{ tableName: string; columnName: string; dataType: string }>(
    `select table_name, column_name, data_type from information_schema.columns where table_schema = 'public'`,
  )
  const found: string[] = []
  for (const { tableName, columnName, dataType } of columns) {
    const text = dataType === 'bytea' ? `encode("${columnName}", 'escape')` : `"${columnName}"::text`
    for (const secret of secrets) {
      const hits = await builder.database.many(`select 1 from "${tableName}" where strpos(${text}, $1) > 0 limit 1`, [
        secret,
      ])
      if (hits.length > 0) found.push(`${tableName}.${columnName}: ${secret}`)
    }
  }
  return found
}
