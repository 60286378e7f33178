import type { Endpoint, ShownEndpoint } from '@backhaul/sdk'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import type { PageProps } from '../../page-props.ts'
import { Card } from '../../parts/card.tsx'
import { DeliveryList } from '../../parts/delivery-list.tsx'
import { Choice } from '../../parts/fields.tsx'
import { Page } from '../../parts/page.tsx'
import { SigningKey } from '../../parts/signing-key.tsx'
import { deliveryStates, readDeliveryFilters } from '../../rules/delivery-filters.ts'
import { useSearchFilters } from '../../search-filters.ts'
import { backhaul } from '../../service.ts'
import { Doings } from './doings.tsx'
import { EndpointFacts } from './endpoint-facts.tsx'
import { EndpointHealth } from './endpoint-health.tsx'
import { RecoveryProgress } from './recovery.tsx'

/** An attempt is no event, so nobody tells of it. */
const everyMs = 5_000

export default function WebhookPage({ who, params }: PageProps) {
  const id = params.id!
  const [search, set] = useSearchFilters()
  const [rotated, setRotated] = useState<ShownEndpoint | null>(null)
  const [isDeleted, setDeleted] = useState(false)
  const endpoint = useQuery({
    queryKey: ['live', 'endpoint', id],
    queryFn: ({ signal }) => backhaul.endpoints.get(id, { signal }),
    enabled: !isDeleted,
    refetchInterval: everyMs,
  })
  const stats = useQuery({
    queryKey: ['live', 'endpoint-stats', id],
    queryFn: async ({ signal }) => (await backhaul.endpoints.stats({ endpoint: id }, { signal })).data[0] ?? null,
    enabled: !isDeleted,
    refetchInterval: everyMs,
  })
  const { state } = readDeliveryFilters(search)
  const recovery = search.get('recovery')
  const found = endpoint.data
  if (isDeleted)
    return (
      <Page title="Endpoint deleted">
        <p>
          Nothing is sent to it any more.{' '}
          <Link href="/webhooks" className="underline">
            To the other endpoints
          </Link>
        </p>
      </Page>
    )
  return (
    <Page title={titleOf(found, id)} heading={<bdi>{titleOf(found, id)}</bdi>} asked={[endpoint, stats]}>
      {found ? <p className="-mt-3 mb-4 font-mono text-xs text-(--quiet)">{id}</p> : null}
      {rotated ? <SigningKey of={rotated} isNew /> : null}
      {found ? (
        <div className="grid items-start gap-4 xl:grid-cols-2">
          <div className="min-w-0 space-y-4">
            <EndpointHealth endpoint={found} stats={stats.data ?? null} />
            {who.scopes.includes('write') ? (
              <Card title="What can be done">
                <Doings
                  endpoint={found}
                  setRotated={setRotated}
                  recovers={(started) => set('recovery', started)}
                  deleted={() => setDeleted(true)}
                />
              </Card>
            ) : null}
            {recovery && /^rec_[0-9a-z]{26}$/.test(recovery) ? (
              <RecoveryProgress endpointId={id} id={recovery} close={() => set('recovery', '')} />
            ) : null}
          </div>
          <EndpointFacts endpoint={found} />
        </div>
      ) : null}
      {found ? (
        <div className="mt-4">
          <Card title="Deliveries">
            <div className="mb-3">
              <Choice
                name="State"
                value={state ?? ''}
                options={deliveryStates.map((each) => [each, each])}
                choose={(value) => set('state', value)}
              />
            </div>
            <DeliveryList
              filters={{ endpoint: id, ...(state && { state }) }}
              empty={state ? `None is ${state}.` : 'None yet. Send a test event to see one.'}
            />
          </Card>
        </div>
      ) : null}
    </Page>
  )
}

const titleOf = (endpoint: Endpoint | undefined, id: string) =>
  endpoint ? (endpoint.description ?? endpoint.url ?? 'Stream') : id
