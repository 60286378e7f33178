import { useQuery } from '@tanstack/react-query'
import { Card } from '../parts/card.tsx'
import { DeliveryList } from '../parts/delivery-list.tsx'
import { Choice, Search } from '../parts/fields.tsx'
import { Page } from '../parts/page.tsx'
import { deliveryStates, readDeliveryFilters } from '../rules/delivery-filters.ts'
import { useSearchFilters } from '../search-filters.ts'
import { backhaul } from '../service.ts'

const mostEndpoints = 200

/** All of them: to endpoints, and to the delegates of sessions, which are endpoints too. */
export default function DeliveriesPage() {
  const [search, set] = useSearchFilters()
  const filters = readDeliveryFilters(search)
  const endpoints = useQuery({
    queryKey: ['endpoints', mostEndpoints],
    queryFn: async ({ signal }) => await backhaul.endpoints.list({ limit: mostEndpoints }, { signal }),
  })
  const names = new Map(
    endpoints.data?.data.map(({ id, url, description }) => [id, description ?? url ?? `stream ${id.slice(-6)}`]),
  )
  return (
    <Page title="Deliveries" asked={[endpoints]}>
      <div className="mb-4 flex flex-wrap gap-3">
        <Choice
          name="State"
          value={filters.state ?? ''}
          options={deliveryStates.map((each) => [each, each])}
          choose={(value) => set('state', value)}
        />
        <Choice
          name="Endpoint"
          value={filters.endpoint ?? ''}
          options={[...names].map(([id, name]) => [id, name.slice(0, 60)])}
          choose={(value) => set('endpoint', value)}
        />
        <Search
          name="Session"
          value={search.get('session') ?? ''}
          choose={(value) => set('session', value)}
          maxLength={128}
        />
        <Search name="Event" value={search.get('event') ?? ''} choose={(value) => set('event', value)} maxLength={30} />
      </div>
      <Card>
        <DeliveryList
          filters={filters}
          nameOf={(id) => names.get(id) ?? id}
          empty="No delivery fits. There is one for each event and each endpoint that it goes to."
        />
      </Card>
    </Page>
  )
}
