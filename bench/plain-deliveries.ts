/** The baseline of bench/delivery.ts: signed POSTs, a few at once, without any records. */
import { randomBytes, randomUUID } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import type { FastReceiver } from './delivery-receivers.ts'

const atOnce = 8

/** Deliveries per second. */
export async function plainDeliveries(receiver: FastReceiver, count: number): Promise<number> {
  const webhook = new Webhook(`whsec_${randomBytes(32).toString('base64')}`)
  const came = receiver.expect(count)
  let left = count
  const send = async () => {
    for (; left > 0; ) {
      left -= 1
      const id = `evt_${randomUUID()}`
      const now = new Date()
      const body = JSON.stringify({
        id,
        type: 'task.completed',
        timestamp: now.toISOString(),
        data: { filler: 'x'.repeat(1_500) },
      })
      const headers = {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': webhook.sign(id, now, body),
      }
      const response = await fetch(receiver.url, { method: 'POST', headers, body })
      await response.text()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, send))
  const { first, last } = await came
  return ((count - 1) * 1_000) / (last - first)
}
