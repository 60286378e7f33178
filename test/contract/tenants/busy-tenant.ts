import { randomBytes } from 'node:crypto'
import { decisionKinds } from '#core/decisions/rules/decision.ts'
import { createActor, randomFrom } from '#support/builders/random-verbs.ts'
import type { BuiltSession, StoreBuilder } from '#support/builders/store-builder.ts'
import { putObject } from '#support/storage/put-object.ts'
import type { ObjectStore } from '#transfer/storage/object-store.ts'

const steps = 150

/** A tenant that has done a bit of everything, with a row in each table that can have one. */
export async function busyTenant(builder: StoreBuilder, seed: number): Promise<string> {
  const tenantId = await builder.tenant()
  const sessions: BuiltSession[] = [
    await builder.session(tenantId, { delegateDecisions: decisionKinds, wakeMaximumLatency: 1 }),
    await builder.session(tenantId, { fileRetention: 'untilReturn', wakeMaximumLatency: 1 }),
    await builder.session(tenantId, { delegate: { kind: 'pull' } }),
  ]
  const actor = createActor(builder, builder.stores, sessions, randomFrom(seed))
  for (let n = 0; n < steps; n++) await actor.step()
  // The story may have invalidated the others.
  const session = await builder.session(tenantId, { wakeMaximumLatency: 1 })
  const { id, tenantId: _ } = await builder.task(session, { destinationKey: `of-${seed}` })
  const other = await builder.task(session)
  const now = 'clock_timestamp()'
  const { database, stores } = builder
  await stores.wakes.enterForeground(tenantId, 'key_1', 1)
  await stores.events.holdStreams([tenantId])
  await stores.endpoints.testEndpoint(tenantId, session.endpointId!, {})
  for (const sql of [
    `insert into transfer_part (task_id, generation, number, "offset", bytes, crc32, receipt) values ('${id}', 9, 1, 0, 1, 1, 'r')`,
    `insert into decision (event_id, tenant_id, session_id, task_id, kind, state, asked_at, expires_at)
       values ('evt_of_${seed}', '${tenantId}', '${session.id}', '${id}', 'delayedRequest', 'timedOut', ${now}, ${now})`,
    `insert into recovery (id, tenant_id, endpoint_id, since, until, total, created_at)
       values ('rcv_of_${seed}', '${tenantId}', '${session.endpointId}', ${now}, ${now}, 1, ${now})`,
    `insert into idempotency_key (scope, key, fingerprint, status, body) values ('${tenantId}', 'k', '', 201, '')`,
    `insert into idempotency_key (scope, key, fingerprint, status, body, tenant_id) values ('operators', 'k${seed}', '', 201, '', '${tenantId}')`,
    `insert into gone_task (tenant_id, id, gone_at) values ('${tenantId}', 'tsk_of_${seed}', ${now})`,
    `insert into bandwidth (scope_id, tenant_id, shares, seen_at)
       select unnest(array['${tenantId}', '${session.id}']), '${tenantId}', '{}', ${now}`,
    `insert into request_count (key_id, second, counts, given) select id, 1, '{}', 1 from api_key where tenant_id = '${tenantId}'`,
    `insert into sign_in (id, hash, tenant_id, key_id, created_at, last_used_at, expires_at)
       select 'sgn_of_${seed}', 'h${seed}', tenant_id, id, ${now}, ${now}, ${now} from api_key where tenant_id = '${tenantId}' limit 1`,
    `insert into sign_in_link (hash, tenant_id, key_id, expires_at)
       select 'h${seed}', tenant_id, id, ${now} from api_key where tenant_id = '${tenantId}' limit 1`,
    `insert into audit (id, tenant_id, actor, action, address, request_id, at)
       values ('aud_of_${seed}', '${tenantId}', 'operator', 'changeTenant', '::1', 'r', ${now})`,
    `insert into delivery_attempt (id, delivery_id, number, started_at)
       select 'att_of_${seed}', min(id), 99, ${now} from delivery where tenant_id = '${tenantId}'`,
    `insert into usage_level (tenant_id, at, running, waiting, counts) values ('${tenantId}', ${now}, 0, 1, '{1}')`,
    `insert into usage_sample (tenant_id, step_seconds, slot, at, since, running, waiting, running_before, waiting_before, counts)
       values ('${tenantId}', 60, 1, ${now}, ${now}, 0, 1, 0, 0, '{1}')`,
    `insert into wake (id, tenant_id, session_id, state, opened_at, deadline, delay_after_seconds)
       values ('wak_of_${seed}', '${tenantId}', '${session.id}', 'completed', ${now}, ${now}, 1)`,
    // As they are named in the service.
    `update task set transfer = jsonb_set(transfer, '{key}', to_jsonb(tenant_id || '/tasks/' || id || '/1')) where tenant_id = '${tenantId}' and transfer is not null`,
    `update task set transfer = '{"key": "${tenantId}/tasks/${other.id}/1", "uploadId": null}' where id = '${other.id}'`,
    `update task set garbage = '[{"key": "${tenantId}/tasks/${id}/7", "uploadId": null}, {"key": "${tenantId}/tasks/${id}/8"}]' where id = '${id}'`,
    `update task set file_key = tenant_id || '/tasks/' || id || '/2' where tenant_id = '${tenantId}' and file_key like 'tasks/%'`,
  ])
    await database.run(sql)
  return tenantId
}

/** Everything that its rows name in storage, an upload where there may be one, and what no row tells of. */
export async function fillStorage(builder: StoreBuilder, objects: ObjectStore, tenantId: string): Promise<string[]> {
  const keys = new Set([`${tenantId}/files/forgotten/by all`, `${tenantId}/tasks/forgotten`])
  const tasks = await builder.database.many<{
    transfer: { key: string } | null
    garbage: { key: string }[] | null
    fileKey: string | null
  }>('select transfer, garbage, file_key from task where tenant_id = $1', [tenantId])
  for (const { transfer, garbage, fileKey } of tasks)
    for (const key of [transfer?.key, ...(garbage ?? []).map((each) => each.key), fileKey])
      if (key?.startsWith(`${tenantId}/`)) keys.add(key)
  const claimed = await builder.database.many<{ key: string }>("select key from file_key where key like $1 || '/%'", [
    tenantId,
  ])
  for (const { key } of claimed) keys.add(key)
  for (const key of keys) {
    await putObject(objects, { key, mimeType: 'text/plain' }, randomBytes(10))
    await objects.begin({ key, mimeType: 'text/plain' })
  }
  return [...keys]
}
