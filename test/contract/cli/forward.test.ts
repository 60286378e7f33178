import { expect, it, onTestFinished } from 'vitest'
import { forward } from '#cli/listen/forward.ts'
import { rawResponse, startRawOrigin } from '#support/origins/raw-origin.ts'
import { freePort } from '#support/servers/free-port.ts'

const delivery = { deliveryId: 'dlv_1', eventId: 'evt_1', attempt: 1, headers: {}, body: '{}' }
const said = async (bytes: string | Buffer) => {
  const receiver = await startRawOrigin(() => bytes)
  onTestFinished(() => receiver.close())
  return await forward(delivery, receiver.url())
}

it('carries back what the receiver answers', async () => {
  const told = await said(rawResponse(202, { 'Retry-After': '9' }, 'thanks'))
  expect(told).toMatchObject({ status: 202, body: 'thanks', headers: { 'retry-after': '9' } })
  expect(told).not.toHaveProperty('note')
})

it.each([200, 404, 410, 503])('carries back a %i whose body breaks off, and says so', async (status) => {
  const told = await said(`HTTP/1.1 ${status} Any\r\nContent-Length: 10\r\n\r\nab`)
  expect(told).toMatchObject({ status, body: 'ab', note: expect.stringContaining('The body broke off') })
  expect(told).not.toHaveProperty('error')
})

it('has no answer when there was none', async () => {
  expect(await said('')).toEqual({ status: null, error: expect.any(String) })
  const nobody = `http://127.0.0.1:${await freePort()}/`
  expect(await forward(delivery, nobody)).toEqual({ status: null, error: expect.any(String) })
})
