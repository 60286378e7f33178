import type { ShownEndpoint } from '@backhaul/sdk'
import { Card } from '../../parts/card.tsx'
import { EventTypeBoxes } from '../../parts/event-type-boxes.tsx'
import { Field } from '../../parts/fields.tsx'
import { Panel } from '../../parts/panel.tsx'
import { endpointMembers } from '../../rules/endpoint-form.ts'
import { backhaul } from '../../service.ts'

interface Options {
  close(): void
  /** With its secret, which is shown this once. */
  created(endpoint: ShownEndpoint): void
}

export function NewEndpoint({ close, created }: Options) {
  return (
    <Card title="New endpoint">
      <Panel
        name="Create the endpoint"
        says="Events that happen from now on go to it, signed with a secret that is shown once."
        close={close}
        run={async (fields) => created(await backhaul.endpoints.create(endpointMembers(fields)))}
      >
        <Field
          name="URL"
          note="https; http only where the operator allows it"
          field="url"
          type="url"
          required
          maxLength={8192}
        />
        <Field name="Description" note="For people" field="description" maxLength={500} />
        <EventTypeBoxes />
      </Panel>
    </Card>
  )
}
