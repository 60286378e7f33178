import type { ApiKey, CreatedApiKey } from '@backhaul/sdk'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { announce } from '../announce.ts'
import { opened } from '../focus.ts'
import { overlaps } from '../rules/key-state.ts'
import { Button } from './button.tsx'
import { Failure } from './failure.tsx'
import { Selection } from './fields.tsx'
import type { KeysOf } from './keys-of.ts'

interface AskOptions<Result> {
  of: KeysOf
  apiKey: ApiKey
  close(): void
  done(result: Result): unknown
}
const asking = 'mt-3 rounded-lg bg-(--track) p-3'

/** Another key in its place. */
export function Rotate({ of, apiKey, close, done }: AskOptions<CreatedApiKey>) {
  const [overlap, setOverlap] = useState(86_400)
  const rotate = useMutation({ mutationFn: () => of.rotate(apiKey.id, overlap), onSuccess: done, gcTime: 0 })
  return (
    <fieldset ref={opened} aria-label={`Replace ${apiKey.name}`} className={asking}>
      <p className="mb-2">
        A new key with the same name, scopes and end is made. It is shown this once. The old one goes on beside it for a
        while, so that nothing stops while you hand the new one out.
      </p>
      <div className="mb-3">
        <Selection
          name="The old key goes on"
          value={overlap}
          options={overlaps}
          onChange={(event) => setOverlap(Number(event.target.value))}
        />
      </div>
      {apiKey.id === of.own && overlap === 0 ? (
        <p className="mb-2 font-medium">You are signed in with this key: it ends, and you are signed out.</p>
      ) : null}
      {rotate.error ? <Failure error={rotate.error} /> : null}
      <div className="flex flex-wrap gap-2">
        <Button kind="main" onClick={() => rotate.mutate()} disabled={rotate.isPending}>
          Replace this key
        </Button>
        <Button onClick={close}>Leave it</Button>
      </div>
    </fieldset>
  )
}

export function Revoke({ of, apiKey, close, done }: AskOptions<void>) {
  const revoke = useMutation({
    mutationFn: () => of.revoke(apiKey.id),
    onSuccess() {
      announce(`${apiKey.name} is revoked.`)
      return done()
    },
  })
  return (
    <fieldset ref={opened} aria-label={`Revoke ${apiKey.name}`} className={asking}>
      <p className="mb-2">
        Every request with it is refused from now on. Its event streams, connections and waiting requests end within 5
        seconds, and so do browsers that signed in with it. Tasks, sessions and files stay. It cannot be taken back.
      </p>
      {apiKey.id === of.own ? (
        <p className="mb-2 font-medium">You are signed in with this key: you are signed out.</p>
      ) : null}
      {revoke.error ? <Failure error={revoke.error} /> : null}
      <div className="flex flex-wrap gap-2">
        <Button kind="danger" onClick={() => revoke.mutate()} disabled={revoke.isPending}>
          Revoke this key
        </Button>
        <Button onClick={close}>Leave it</Button>
      </div>
    </fieldset>
  )
}
