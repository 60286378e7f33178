import { BackhaulError } from '@backhaul/sdk'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { opened } from '../../focus.ts'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Failure } from '../../parts/failure.tsx'
import { Area, Field, Selection } from '../../parts/fields.tsx'
import { type FieldName, faultsByField, givenTask, type TaskForm } from '../../rules/new-task.ts'
import { backhaul } from '../../service.ts'

const shownSessions = 200
const empty: TaskForm = {
  url: '',
  session: '',
  newSession: '',
  sha256: '',
  notBefore: '',
  metadata: '',
  description: '',
}

/** A task by hand. What is wrong with it is told at the fields that it is about. */
export function NewTask({ close }: { close(): void }) {
  const [, go] = useLocation()
  const [form, setForm] = useState(empty)
  const sessions = useQuery({
    queryKey: ['sessions', 'to choose from'],
    queryFn: async ({ signal }) => (await backhaul.sessions.list({ limit: shownSessions }, { signal })).data,
  })
  const open = sessions.data?.filter(({ state }) => state === 'active') ?? []
  const isNew = form.session === '' || !open.some(({ identifier }) => identifier === form.session)
  const create = useMutation({
    mutationFn: async () => {
      const identifier = isNew ? form.newSession.trim() : form.session
      if (isNew) await backhaul.sessions.open(identifier, { configuration: { delegate: { kind: 'pull' } } })
      return backhaul.tasks.create(identifier, givenTask(form))
    },
  })
  const { at, left } = faultsByField(create.error instanceof BackhaulError ? create.error.errors : [])
  const isTold = create.error !== null && (left.length > 0 || Object.keys(at).length === 0)
  const field = (name: FieldName) => ({
    value: form[name],
    problem: at[name],
    onChange: (event: { target: { value: string } }) => setForm((old) => ({ ...old, [name]: event.target.value })),
  })
  return (
    <div className="mb-4">
      <Card title="New task">
        <form
          ref={opened}
          onSubmit={(event) => {
            event.preventDefault()
            // Given here and not above: it is not called once this form is gone, so nobody is moved who has gone on.
            create.mutate(undefined, { onSuccess: ({ id }) => go(`/tasks/${id}`) })
          }}
        >
          <div className="grid gap-x-4 gap-y-3 md:grid-cols-2">
            <div className="md:col-span-2">
              <Field name="URL" required type="text" inputMode="url" {...field('url')} />
            </div>
            <Selection
              name="Session"
              value={form.session}
              onChange={field('session').onChange}
              options={[['', 'a new one'], ...open.map(({ identifier }) => [identifier, identifier] as const)]}
            />
            {isNew ? (
              <Field
                name="Name of the session"
                required
                note="It is opened if there is none; its events are read with GET /v1/events."
                {...field('newSession')}
              />
            ) : (
              <span className="hidden md:block" />
            )}
            <Field name="SHA-256 (if it is known)" note="In hex. Other bytes fail the task." {...field('sha256')} />
            <Field name="Not before" type="datetime-local" note="In your time." {...field('notBefore')} />
            <Field name="Description" {...field('description')} />
            <Area name="Metadata" note="A line for each: name=value" {...field('metadata')} />
          </div>
          {isTold ? (
            <div className="mt-3">
              <Failure error={create.error} />
            </div>
          ) : null}
          <div className="mt-4 flex flex-wrap gap-2">
            <Button type="submit" kind="main" disabled={create.isPending}>
              Create the task
            </Button>
            <Button onClick={close}>Close</Button>
          </div>
        </form>
      </Card>
    </div>
  )
}
