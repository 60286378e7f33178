import { createHash, createPublicKey, verify } from 'node:crypto'
import { createLocalJWKSet, generateKeyPair, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { finish, newSession, newTask } from '#support/builders/api-fixtures.ts'
import type { TestTenant } from '#support/client/api.ts'
import { useApi } from '#support/client/use-api.ts'

const publicUrl = 'https://backhaul.example.com'
let tenant: TestTenant
let session: string
let id: string
const api = useApi({ publicUrl })
beforeAll(async () => {
  tenant = await api.tenant()
})
beforeEach(async () => {
  session = await newSession(tenant)
  id = await newTask(tenant, session, { url: 'https://origin.example.com/data.bin?token=secret' })
})

const receiptOf = (task: string) => tenant.call('GET', `/v1/tasks/${task}/receipt`)
const published = async () => (await api.call('GET', '/.well-known/jwks.json')).json as JSONWebKeySet
const asReceipt = { algorithms: ['EdDSA'], typ: 'backhaul-receipt+jwt', issuer: publicUrl }

/** Verifies without a library (RFC 7515 §5.2, RFC 8037 §3.1). */
async function verifiedByHand(receipt: string): Promise<unknown> {
  const [header = '', payload = '', signature = ''] = receipt.split('.')
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }
  const jwk = (await published()).keys.find((key) => key.kid === kid)
  if (!jwk) return null
  const key = createPublicKey({ key: { kty: jwk.kty!, crv: jwk.crv!, x: jwk.x! }, format: 'jwk' })
  const right = verify(null, Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))
  return right ? JSON.parse(Buffer.from(payload, 'base64url').toString()) : null
}

describe('the receipt of a completed task', () => {
  beforeEach(() => finish(api, tenant, id, 'the bytes'))

  it('is a compact JWS and nothing around it', async () => {
    const { status, headers, text } = await receiptOf(id)
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('application/jose')
    expect(text).toMatch(/^[\w-]+\.[\w-]+\.[\w-]{86}$/)
  })

  it('is verified with the published keys, by a library and by hand, and says what the task says', async () => {
    const { text } = await receiptOf(id)
    const { payload, protectedHeader } = await jwtVerify(text, createLocalJWKSet(await published()), asReceipt)
    expect(await verifiedByHand(text)).toEqual(payload)
    const task = (await tenant.call('GET', `/v1/tasks/${id}`)).json
    expect(payload).toEqual({
      iss: publicUrl,
      sub: id,
      iat: Math.floor(Date.parse(task.endedAt) / 1000),
      tenantId: tenant.id,
      sessionIdentifier: session,
      url: 'https://origin.example.com/data.bin',
      finalUrl: 'https://origin.example.com/data.bin',
      response: { status: 200, etag: '"1"', lastModified: null },
      file: { bytes: 9, checksums: task.file.checksums },
      createdAt: task.createdAt,
      beganAt: task.beganAt,
      endedAt: task.endedAt,
    })
    const [key] = (await published()).keys
    expect(protectedHeader).toEqual({ alg: 'EdDSA', typ: 'backhaul-receipt+jwt', kid: key!.kid })
    // RFC 7638 §3: the required members, in order, without white space.
    const members = JSON.stringify({ crv: key!.crv, kty: key!.kty, x: key!.x })
    expect(key!.kid).toBe(createHash('sha256').update(members).digest('base64url'))
  })

  it('is the same text every time, also when the task is renamed and the file has moved or is gone', async () => {
    const { text } = await receiptOf(id)
    expect((await receiptOf(id)).text).toBe(text)
    await tenant.call('PATCH', `/v1/tasks/${id}`, { metadata: { a: 'b' }, taskDescription: 'a' })
    const moved = await tenant.call('POST', `/v1/tasks/${id}/file/move`, { key: `moved-${id}` })
    expect(moved.status).toBe(200)
    expect((await receiptOf(id)).text).toBe(text)
    expect((await tenant.call('POST', `/v1/tasks/${id}/file/release`)).json.state).toBe('released')
    expect((await tenant.call('GET', `/v1/tasks/${id}/file`)).status).toBe(410)
    expect((await receiptOf(id)).text).toBe(text)
  })

  it('is there when the file has expired', async () => {
    const { text } = await receiptOf(id)
    await api.database.run(
      "update task set file_lease_expires_at = clock_timestamp() - interval '1 second' where id = $1",
      [id],
    )
    await api.stores.files.expireFiles()
    expect((await tenant.call('GET', `/v1/tasks/${id}`)).json.file.state).toBe('expired')
    expect((await receiptOf(id)).text).toBe(text)
  })

  it('is another one for another task', async () => {
    const other = await newTask(tenant, session)
    await finish(api, tenant, other, 'the bytes')
    expect((await receiptOf(other)).text.split('.')[1]).not.toBe((await receiptOf(id)).text.split('.')[1])
  })

  it('is not verified when any part of it was altered, or another key has signed it', async () => {
    const { text } = await receiptOf(id)
    const keys = createLocalJWKSet(await published())
    const parts = text.split('.')
    const claims = JSON.parse(Buffer.from(parts[1]!, 'base64url').toString())
    const header = JSON.parse(Buffer.from(parts[0]!, 'base64url').toString())
    const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const larger = encoded({ ...claims, file: { ...claims.file, bytes: 10 } })
    const signature = Buffer.from(parts[2]!, 'base64url')
    signature[63]! ^= 1
    const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
    const forged = [
      [parts[0], larger, parts[2]].join('.'),
      [encoded({ ...header, extra: 1 }), parts[1], parts[2]].join('.'),
      [parts[0], parts[1], signature.toString('base64url')].join('.'),
      [parts[0], parts[1], ''].join('.'),
      await new SignJWT(claims).setProtectedHeader(header).sign(privateKey),
    ]
    for (const receipt of forged) {
      await expect(jwtVerify(receipt, keys, asReceipt), receipt).rejects.toThrow('signature verification failed')
      expect(await verifiedByHand(receipt)).toBeNull()
    }
    const unsigned = [encoded({ ...header, alg: 'none' }), parts[1], ''].join('.')
    await expect(jwtVerify(unsigned, keys, asReceipt)).rejects.toThrow()
    expect(await verifiedByHand(text)).toEqual(claims)
  })
})

describe('a receipt that is not there', () => {
  it('is a 409 until the task has completed, and for good when it was canceled', async () => {
    const waiting = await receiptOf(id)
    expect(waiting.json).toMatchObject({ status: 409, code: 'receipt_not_available', detail: 'The task is waiting.' })
    await tenant.call('POST', `/v1/tasks/${id}/cancel`)
    expect((await receiptOf(id)).json).toMatchObject({ code: 'receipt_not_available', detail: 'The task is canceled.' })
  })

  it('is not found for another tenant, nor for a task that is not there', async () => {
    await finish(api, tenant, id)
    const stranger = await api.tenant()
    const theirs = await stranger.call('GET', `/v1/tasks/${id}/receipt`)
    expect(theirs.json).toMatchObject({ status: 404, code: 'not_found' })
    expect((await receiptOf(api.deps.mint.id('tsk'))).status).toBe(404)
  })
})

describe('the published keys', () => {
  it('are for anybody, may be kept for a while, and hold nothing private', async () => {
    const { status, headers, json, text } = await api.call('GET', '/.well-known/jwks.json')
    expect(status).toBe(200)
    expect(headers['content-type']).toMatch(/^application\/jwk-set\+json(;|$)/)
    expect(headers['cache-control']).toBe('public, max-age=300')
    expect(json.keys).toHaveLength(1)
    expect(text).not.toContain('"d"')
  })
})
