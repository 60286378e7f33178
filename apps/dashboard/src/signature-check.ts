import { webhooks } from '@backhaul/sdk'
import { type KnownEndpoint, mismatchReasons } from './rules/signature-findings.ts'

export interface GivenSignature {
  secret: string
  headers: Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>
  body: string
}

export interface Finding {
  verdict: 'right' | 'late' | 'wrong'
  title: string
  /** What was found, and what to do. */
  details: string[]
}

/**
 * Verifies by the rules of the receivers that users install, in this browser: nothing is sent anywhere. The signature
 * and the time are two questions, because what is looked at here is often old.
 */
export async function checkSignature(
  { secret, headers, body }: GivenSignature,
  nowMs: number,
  endpoints: readonly KnownEndpoint[] | null,
): Promise<Finding> {
  const tried = await trial(() =>
    webhooks.unwrap(body, headers, secret, { toleranceSeconds: Number.POSITIVE_INFINITY }),
  )
  if (tried !== null) {
    const id = headers['webhook-id']
    const isUnsure = tried.code === 'signature_mismatch'
    const reasons = isUnsure ? mismatchReasons({ body, id, secret, endpoints }) : []
    return { verdict: 'wrong', title: tried.title, details: reasons.length > 0 ? reasons : [saidOf(tried)] }
  }
  const late = await trial(() => webhooks.unwrap(body, headers, secret, { now: new Date(nowMs) }))
  if (late !== null) return { verdict: 'late', title: `The signature is right. ${late.title}`, details: [saidOf(late)] }
  return { verdict: 'right', title: 'The signature is right, and so is the time', details: [] }
}

/** What a receiver would throw, or null. */
async function trial(unwrap: () => Promise<unknown>): Promise<webhooks.WebhookVerificationError | null> {
  try {
    await unwrap()
    return null
  } catch (error) {
    if (error instanceof webhooks.WebhookVerificationError) return error
    throw error
  }
}

/** Without its title, which stands above it. */
const saidOf = ({ message, title }: webhooks.WebhookVerificationError) => message.slice(title.length + 2)
