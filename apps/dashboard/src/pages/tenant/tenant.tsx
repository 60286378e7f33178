import { BackhaulError, type Tenant } from '@backhaul/sdk'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { PageProps } from '../../page-props.ts'
import { Actions } from '../../parts/actions.tsx'
import { Card } from '../../parts/card.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Keys } from '../../parts/keys.tsx'
import { Page } from '../../parts/page.tsx'
import { TenantState } from '../../parts/tenant-state.tsx'
import { Time } from '../../parts/time.tsx'
import { scopeNames } from '../../rules/scopes.ts'
import { backhaul } from '../../service.ts'
import { Deletion, Gone } from './deletion.tsx'
import { HoursForm } from './hours.tsx'
import { LimitsForm } from './limits.tsx'
import { SettingsForm } from './settings.tsx'
import { TenantUsage } from './usage.tsx'

const everyMs = 3_000
const mostKeys = 1000

export default function TenantPage({ params }: PageProps) {
  const id = params.id!
  const queries = useQueryClient()
  const found = useQuery({
    queryKey: ['tenant', id],
    queryFn: ({ signal }) => backhaul.admin.tenants.get(id, { signal }),
    refetchInterval: ({ state }) => (state.data?.state === 'deleting' && !isGone(state.error) ? everyMs : false),
  })
  const tenant = found.data
  if (tenant?.state === 'deleting' && isGone(found.error)) return <Gone name={tenant.name} />
  const changed = () => queries.invalidateQueries({ queryKey: ['tenant', id] })
  return (
    <Page
      title={tenant?.name ?? id}
      heading={
        <span className="flex flex-wrap items-center gap-2">
          <span className="min-w-0 wrap-anywhere">{tenant?.name ?? id}</span>
          {tenant ? <TenantState state={tenant.state} /> : null}
        </span>
      }
      asked={[found]}
    >
      {tenant ? (
        <div className="space-y-4">
          <div className="grid items-start gap-4 xl:grid-cols-2">
            <About tenant={tenant} changed={changed} />
            {tenant.state === 'deleting' ? (
              <Deletion tenant={tenant} changed={changed} />
            ) : (
              <SettingsForm key={tenant.id} tenant={tenant} changed={changed} />
            )}
          </div>
          {tenant.state === 'deleting' ? null : (
            <>
              <LimitsForm key={tenant.id} tenant={tenant} changed={changed} />
              <HoursForm key={tenant.id} tenant={tenant} changed={changed} />
              <Keys
                of={{
                  queryKey: ['keys', id],
                  list: (signal) => backhaul.admin.apiKeys.list(id, { limit: 200 }, { signal }).toArray(mostKeys),
                  create: (given) => backhaul.admin.apiKeys.create(id, given),
                  rotate: (keyId, overlapSeconds) => backhaul.admin.apiKeys.rotate(id, keyId, { overlapSeconds }),
                  revoke: (keyId) => backhaul.admin.apiKeys.revoke(id, keyId),
                  mayGive: scopeNames,
                  own: null,
                }}
              />
            </>
          )}
          <TenantUsage id={id} />
          {tenant.state === 'deleting' ? null : <Deletion tenant={tenant} changed={changed} />}
        </div>
      ) : null}
    </Page>
  )
}

const isGone = (error: unknown) => error instanceof BackhaulError && error.status === 404

function About({ tenant, changed }: { tenant: Tenant; changed(): unknown }) {
  const set = (state: 'active' | 'suspended') => async () => {
    await backhaul.admin.tenants.update(tenant.id, { state })
    await changed()
  }
  return (
    <Card title="About">
      <Facts
        facts={[
          [
            'Id',
            <span key="id" className="font-mono">
              {tenant.id}
            </span>,
          ],
          ['Created', <Time key="at" at={tenant.createdAt} />],
          [
            'Changes',
            <Link key="audit" href={`/audit?tenant=${tenant.id}`} className="underline">
              in the audit
            </Link>,
          ],
        ]}
      />
      <div className="mt-3">
        {tenant.state === 'active' ? (
          <Actions
            on="this tenant"
            actions={[
              {
                name: 'Suspend',
                says: 'Every request with one of its keys is refused, and its streams end within 5 seconds. Nothing of it begins, running transfers are given back and keep what they have, no webhook is sent. Nothing is deleted, but deadlines go on. It can be taken back.',
                run: set('suspended'),
              },
            ]}
          />
        ) : null}
        {tenant.state === 'suspended' ? (
          <Actions
            on="this tenant"
            actions={[{ name: 'Activate', says: 'Everything goes on from where it was.', run: set('active') }]}
          />
        ) : null}
      </div>
    </Card>
  )
}
