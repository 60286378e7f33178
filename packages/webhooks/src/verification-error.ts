/**
 * Every reason why a webhook is not believed. `status` is the adapters' response: 400 when the message is wrong, 500 when the receiver
 * itself is set up wrongly. Backhaul sends again after both, so nothing is lost while you fix it.
 */
export const verificationErrors = {
  body_missing: {
    status: 500,
    title: 'No body was given',
    fix: "Nothing has read it: use express.raw({ type: '*/*' }), or await request.text().",
  },
  body_not_read: {
    status: 500,
    title: 'The body has not been read yet',
    fix: 'A promise, stream or request was given: await request.text() and give the result.',
  },
  body_parsed: {
    status: 500,
    title: 'The body has been parsed already',
    fix: "The signature is over the bytes as they came: use express.raw({ type: '*/*' }) on this route, before express.json().",
  },
  body_empty: {
    status: 400,
    title: 'The body is empty',
    fix: 'Every event has one: something in front of the receiver has read or dropped it.',
  },
  body_too_large: {
    status: 413,
    title: 'The body is larger than any event',
    fix: 'More than 1 MiB is not read.',
  },
  body_changed: {
    status: 500,
    title: 'The body was changed on its way',
    fix: 'Give the bytes as they came, and not what was parsed and serialised again.',
  },
  body_not_json: {
    status: 400,
    title: 'The body is signed but is not JSON',
    fix: 'It does not come from Backhaul: look at who else has the secret.',
  },
  header_missing: {
    status: 400,
    title: 'A header is missing',
    fix: 'Give all headers of the request. If they are not there, something in front of the receiver drops them.',
  },
  header_duplicated: {
    status: 400,
    title: 'A header is there more than once',
    fix: 'Something in front of the receiver adds it again.',
  },
  secret_missing: {
    status: 500,
    title: 'No secret was given',
    fix: 'Is the environment variable set? The secret is shown once, when the endpoint is created or its secret rotated.',
  },
  secret_is_private_key: {
    status: 500,
    title: 'whsk_ is a private key',
    fix: "It never leaves the sender. Give the endpoint's publicKey (whpk_…) instead.",
  },
  secret_is_api_key: {
    status: 500,
    title: 'This is an API key',
    fix: "An API key (bh_…) signs nothing. Give the endpoint's secret (whsec_…).",
  },
  secret_prefix: {
    status: 500,
    title: 'The secret has no prefix that is known',
    fix: 'Give it whole, as it was shown: whsec_… or whpk_….',
  },
  secret_not_base64: {
    status: 500,
    title: 'The secret is not base64',
    fix: 'Copy it again: no quotes, spaces or line breaks, the alphabet with + and /, and the = at its end.',
  },
  secret_length: {
    status: 500,
    title: 'The secret has the wrong length',
    fix: 'whsec_ is followed by 24 to 64 bytes, whpk_ by 32: copy all of it.',
  },
  timestamp_not_a_number: {
    status: 400,
    title: 'webhook-timestamp is not a number',
    fix: 'It is in whole seconds since 1970.',
  },
  timestamp_too_old: {
    status: 400,
    title: 'The webhook is too old',
    fix: "Set this machine's clock (NTP). If the clock is right, an old message was sent again by somebody else.",
  },
  timestamp_too_new: {
    status: 400,
    title: 'The webhook is from the future',
    fix: "Set this machine's clock (NTP).",
  },
  signature_version_unknown: {
    status: 400,
    title: 'No signature has a version that is known',
    fix: 'webhook-signature has v1,… or v1a,… in it.',
  },
  signature_scheme: {
    status: 400,
    title: 'The signatures are of another scheme than the secret',
    fix: 'v1 is verified with whsec_…, v1a with the whpk_… of the endpoint.',
  },
  signature_mismatch: {
    status: 400,
    title: 'No signature matches',
    fix: "Is it the secret of this endpoint, and the newest one? Otherwise it was not sent by Backhaul, or the body's bytes were changed.",
  },
} as const satisfies Record<string, { status: number; title: string; fix: string }>

export type VerificationErrorCode = keyof typeof verificationErrors

/** Why a webhook is not believed: a row of {@link verificationErrors}. The message names the mistake and the fix, never a secret. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError'
  readonly code: VerificationErrorCode
  /** The status to respond with: 400 or 413 when the message is wrong, 500 when the receiver is set up wrongly. */
  readonly status: number
  readonly title: string

  /** `seen` says what was found in this case, as a sentence. */
  constructor(code: VerificationErrorCode, seen?: string) {
    const { status, title, fix } = verificationErrors[code]
    super(`${title}. ${seen === undefined ? '' : `${seen} `}${fix}`)
    this.code = code
    this.status = status
    this.title = title
  }
}
