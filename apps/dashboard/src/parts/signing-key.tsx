import type { ShownEndpoint } from '@backhaul/sdk'
import { ShownOnce } from './shown-once.tsx'

/** What signatures of an endpoint are verified with: a secret, or the public half of a pair. */
export function SigningKey({ of: { secret, publicKey }, isNew }: { of: ShownEndpoint; isNew?: boolean }) {
  const which = secret === null ? 'public key' : 'signing secret'
  const once =
    secret === null ? 'It can be read here at any time.' : 'It is shown this once: copy it before you leave the page.'
  return (
    <div className="mb-4">
      <ShownOnce
        name={`Its ${isNew ? 'new ' : ''}${which}`}
        text={secret ?? publicKey ?? ''}
        note={`Receivers verify signatures with it. ${once}`}
      />
    </div>
  )
}
