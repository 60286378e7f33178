import type { Endpoint, SentTest, ShownEndpoint } from '@backhaul/sdk'
import { useState } from 'react'
import { Link } from 'wouter'
import { Button } from '../../parts/button.tsx'
import { EventTypeBoxes } from '../../parts/event-type-boxes.tsx'
import { Field, fieldStyle } from '../../parts/fields.tsx'
import { Panel } from '../../parts/panel.tsx'
import { endpointMembers, localInput, recoveryRange } from '../../rules/endpoint-form.ts'
import { type EventType, eventTypeNames } from '../../rules/event-types.ts'
import { backhaul, serviceNowMs } from '../../service.ts'

interface Options {
  endpoint: Endpoint
  setRotated(endpoint: ShownEndpoint): void
  /** With the recovery's id. */
  recovers(id: string): void
  deleted(): void
}

const doings = {
  test: 'Send a test event',
  enable: 'Enable again',
  recover: 'Recover a range',
  rotate: 'Rotate the secret',
  change: 'Change',
  delete: 'Delete',
} as const
type Doing = keyof typeof doings

export function Doings(options: Options) {
  const { endpoint } = options
  const [asked, ask] = useState<Doing | null>(null)
  const [sent, setSent] = useState<SentTest | null>(null)
  const isDisabled = endpoint.state === 'disabled'
  const possible: Doing[] = isDisabled
    ? ['enable', 'rotate', 'change', 'delete']
    : ['test', 'recover', 'rotate', 'change', 'delete']
  const chosen = asked && possible.includes(asked) ? asked : null
  // It does not come back by itself when the endpoint changes again.
  if (asked && !chosen) ask(null)
  return (
    <>
      <div className="flex flex-wrap gap-2">
        {possible.map((each) => (
          <Button key={each} aria-expanded={asked === each} onClick={() => ask(asked === each ? null : each)}>
            {doings[each]}
          </Button>
        ))}
      </div>
      {sent ? (
        <p role="status" className="mt-3">
          The test is on its way:{' '}
          <Link href={`/deliveries/${sent.deliveryId}`} className="underline">
            see what comes of it
          </Link>
        </p>
      ) : null}
      {chosen ? <Form key={chosen} {...options} doing={chosen} close={() => ask(null)} setSent={setSent} /> : null}
    </>
  )
}

type FormOptions = Options & { doing: Doing; close(): void; setSent(sent: SentTest): void }

function Form({ endpoint, doing, close, setSent, setRotated, recovers, deleted }: FormOptions) {
  const { id } = endpoint
  const common = { close }
  if (doing === 'test')
    return (
      <Panel
        {...common}
        name="Send it"
        says="An endpoint.test goes to this endpoint alone, signed and retried like any other event."
        run={async (fields) => {
          const type = fields.get('type') as EventType | ''
          setSent(await backhaul.endpoints.test(id, type ? { type } : {}))
        }}
      >
        <label className="block">
          <span className="mb-1 block text-(--quiet)">With an example of</span>
          <select name="type" defaultValue="" className={`max-w-full ${fieldStyle}`}>
            <option value="">nothing</option>
            {eventTypeNames.map((type) => (
              <option key={type} value={type}>
                {type}
              </option>
            ))}
          </select>
        </label>
      </Panel>
    )
  if (doing === 'enable')
    return (
      <Panel
        {...common}
        name="Enable it"
        says="What it has not acknowledged comes in a new wake of each session, in order."
        run={() => backhaul.endpoints.enable(id)}
      />
    )
  if (doing === 'recover') {
    const now = serviceNowMs()
    const offset = new Date().getTimezoneOffset()
    return (
      <Panel
        {...common}
        name="Recover it"
        says="What failed or was canceled in this range, and what the endpoint never got because it was disabled, is delivered again, in order and with its webhook-id. What succeeded is left."
        run={async (fields) => recovers((await backhaul.endpoints.recover(id, recoveryRange(fields))).id)}
      >
        <div className="grid gap-3 sm:grid-cols-2">
          <Field
            name="Since"
            note="Your time; at most 30 days ago"
            field="since"
            type="datetime-local"
            required
            defaultValue={localInput(now - 86_400_000, offset)}
          />
          <Field name="Until" note="Empty: up to now" field="until" type="datetime-local" />
        </div>
      </Panel>
    )
  }
  if (doing === 'rotate')
    return (
      <Panel
        {...common}
        name="Rotate it"
        says="A new secret signs from now on and is shown once. During the overlap the secrets before it sign as well, so receivers can change over at any time."
        run={async (fields) => {
          const overlapSeconds = Number(fields.get('overlapSeconds'))
          setRotated(await backhaul.endpoints.rotateSecret(id, { overlapSeconds }))
        }}
      >
        <label className="block">
          <span className="mb-1 block text-(--quiet)">Overlap</span>
          <select name="overlapSeconds" defaultValue="86400" className={fieldStyle}>
            <option value="0">none: the old one ends at once</option>
            <option value="3600">an hour</option>
            <option value="86400">a day</option>
            <option value="604800">a week</option>
          </select>
        </label>
      </Panel>
    )
  if (doing === 'change')
    return (
      <Panel
        {...common}
        name="Save"
        says="It holds for every attempt from now on; events that have been queued for it stay. Another URL has to be verified again, if this one had to be."
        run={(fields) => backhaul.endpoints.update(id, endpointMembers(fields))}
      >
        {endpoint.url === null ? null : (
          <Field name="URL" field="url" type="url" required maxLength={8192} defaultValue={endpoint.url} />
        )}
        <Field name="Description" field="description" maxLength={500} defaultValue={endpoint.description ?? ''} />
        <EventTypeBoxes chosen={endpoint.eventTypes} />
      </Panel>
    )
  return (
    <Panel
      {...common}
      name="Delete it"
      isFinal
      says="What is pending for it is called off, for good. It is refused while a session delivers to it."
      run={async () => {
        await backhaul.endpoints.delete(id)
        deleted()
      }}
    />
  )
}
