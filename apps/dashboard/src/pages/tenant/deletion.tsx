import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { opened } from '../../focus.ts'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Field } from '../../parts/fields.tsx'
import { Page } from '../../parts/page.tsx'
import { backhaul } from '../../service.ts'
import type { FormOf } from './form.tsx'

/** Before it is deleted, and while it is. */
export function Deletion({ tenant, changed }: FormOf) {
  const [asked, ask] = useState(false)
  const [typed, type] = useState('')
  const remove = useMutation({ mutationFn: () => backhaul.admin.tenants.delete(tenant.id), onSettled: changed })
  if (tenant.state === 'deleting')
    return (
      <Card title="It is being deleted">
        <div role="status">
          <ol className="list-inside list-decimal space-y-1">
            <li>Its keys are dead, and nothing of it runs or is sent: done.</li>
            <li>For a minute, what was under way ends.</li>
            <li>Its files and uploads are removed from storage, then its tasks, events and settings.</li>
            <li>The tenant itself goes. This page says so.</li>
          </ol>
          <p className="mt-2 text-(--quiet)">
            The usage below falls to nothing as it goes. Many files take a while; a process that stops loses nothing.
          </p>
        </div>
      </Card>
    )
  return (
    <Card title="Delete the tenant">
      <p className="mb-3">
        All that it has goes, for good: its files in storage, tasks, events, sessions, endpoints, keys, usage and audit.
        Read its usage before. Its keys are dead at once. Only that it was deleted stays in the operators’ audit.
      </p>
      {asked ? (
        <form
          ref={opened}
          aria-label="Delete the tenant"
          className="max-w-md space-y-3"
          onSubmit={(event) => {
            event.preventDefault()
            if (typed.trim() === tenant.id) remove.mutate()
          }}
        >
          <Field
            name="Type its id"
            note={tenant.id}
            value={typed}
            onChange={(event) => type(event.target.value)}
            autoComplete="off"
            spellCheck={false}
          />
          {remove.error ? <Failure error={remove.error} /> : null}
          <div className="flex gap-2">
            <Button type="submit" kind="danger" disabled={typed.trim() !== tenant.id || remove.isPending}>
              Delete it for good
            </Button>
            <Button onClick={() => ask(false)}>Leave it</Button>
          </div>
        </form>
      ) : (
        <Button onClick={() => ask(true)}>Delete…</Button>
      )}
    </Card>
  )
}

export function Gone({ name }: { name: string }) {
  return (
    <Page title="Deleted">
      <Card>
        <p className="wrap-anywhere">
          <bdi>{name}</bdi> is gone, with all that it had.
        </p>
        <p className="mt-2 flex gap-4">
          <Link href="/tenants" className="underline">
            To the tenants
          </Link>
          <Link href="/audit?action=deleteTenant" className="underline">
            To the audit
          </Link>
        </p>
      </Card>
    </Page>
  )
}
