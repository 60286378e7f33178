import { createHash, randomUUID } from 'node:crypto'
import { sealedTables } from '#core/encryption/postgres/sealed-columns.ts'
import { openReceiptSigner } from '#core/files/jose/receipt-signer.ts'
import { createDecisions } from '#support/builders/decisions.ts'
import {
  aResponse,
  type BuiltSession,
  facts,
  newTask,
  type StoreBuilder,
  transfer,
} from '#support/builders/store-builder.ts'

const credential = { disposition: 'useCredential', credential: { scheme: 'bearer', token: 't0ken' } }

/** What the verbs have encrypted in a builder's database, and with which context, by the encrypted bytes. */
export type Contexts = Map<string, string>

/** Notes the context of everything that is encrypted from now on. */
export function noteContexts({ encryptor }: StoreBuilder): Contexts {
  const contexts: Contexts = new Map()
  const { encrypt } = encryptor
  encryptor.encrypt = (plain, context) => {
    const sealed = encrypt(plain, context)
    contexts.set(Buffer.from(sealed).toString('hex'), context)
    return sealed
  }
  return contexts
}

/** At least one value in every encrypted column, written by the verbs that write them. */
export async function fillEveryColumn(builder: StoreBuilder): Promise<{ session: BuiltSession; taskId: string }> {
  const decisions = createDecisions(builder)
  const { stores } = builder
  await openReceiptSigner(builder.database, builder.encryptor)
  const session = await decisions.session({ httpAdditionalHeaders: { 'x-team': 'secret of the session' } })
  const url = `https://client.example.com/${randomUUID()}`
  const headers = { authorization: 'secret of the endpoint' }
  await stores.endpoints.createEndpoint(session.tenantId, { url, eventTypes: [], secret: 'whsec_AAAA', headers })
  const request = {
    ...{ scope: session.tenantId, key: 'a key' },
    fingerprint: () => createHash('sha256').update('the body').digest(),
    respond: () => ({ status: 201, body: Buffer.from('the response') }),
  }
  await stores.tasks.createTasks(session.tenantId, session.identifier, [newTask()], request)
  // Its request is replaced by the delegate's answer, which is kept until it is applied.
  const challenged = await decisions.challenged(session)
  await stores.wakes.openWakes()
  const next = await decisions.answer(await decisions.question(session), credential)
  const sent = {
    delivery: next!,
    answer: aResponse(204),
    durationMs: 0,
    agoMs: 0,
    headers: { 'x-own': 'of the endpoint' },
  }
  for (let more = await stores.deliveries.recordBatch({ sent: [sent], unsent: [] }, 0.5, 1); more.length > 0; )
    more = await stores.deliveries.recordBatch({ sent: [{ ...sent, delivery: more[0]! }], unsent: [] }, 0.5, 1)
  await stores.decisions.decide()
  const { lease } = await builder.begin(challenged.id)
  await stores.transfers.startGeneration(lease, transfer(lease.epoch), facts)
  await decisions.challenged(session)
  await stores.wakes.openWakes()
  await decisions.answer(await decisions.question(session), credential)
  return { session, taskId: challenged.id }
}

/** Every encrypted value: its column, its bytes in hexadecimal, and the context that its row gives it. */
export async function encryptedValues({ database }: Pick<StoreBuilder, 'database'>) {
  const values: { column: string; sealed: string; context: string }[] = []
  for (const { table, key, columns } of sealedTables)
    for (const [column, context] of Object.entries(columns)) {
      const rows = await database.many<{ sealed: string; context: string }>(
        `select encode(${column}, 'hex') as sealed, ${context} as context from ${table} where ${column} is not null order by ${key.join(', ')}`,
      )
      values.push(...rows.map((row) => ({ column: `${table}.${column}`, ...row })))
    }
  return values
}
