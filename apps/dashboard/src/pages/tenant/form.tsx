import type { ChangedTenant, Tenant } from '@backhaul/sdk'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { announce } from '../../announce.ts'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Failure } from '../../parts/failure.tsx'
import { problemsOf } from '../../parts/problems.ts'
import { backhaul } from '../../service.ts'

export interface FormOf {
  tenant: Tenant
  changed(): unknown
}

/** Changes a tenant in one step. What is wrong is said at the fields. */
export function useTenantChange({ tenant, changed }: FormOf) {
  const change = useMutation({
    mutationFn: (change: ChangedTenant) => backhaul.admin.tenants.update(tenant.id, change),
    onSuccess: () => announce('Saved'),
    onSettled: changed,
  })
  return { change, problems: problemsOf(change.error) }
}

interface Options {
  title: string
  says: string
  change: ReturnType<typeof useTenantChange>['change']
  /** Something is typed that is not saved. */
  isChanged: boolean
  save(): void
  children: ReactNode
}

export function TenantForm({ title, says, change, isChanged, save, children }: Options) {
  return (
    <form
      aria-label={title}
      noValidate
      // What was wrong with what was sent says nothing of what is typed now.
      onChange={() => change.error && change.reset()}
      onSubmit={(event) => {
        event.preventDefault()
        if (isChanged && !change.isPending) save()
      }}
    >
      <Card title={title}>
        <p className="mb-3 text-(--quiet)">{says}</p>
        {children}
        {change.error ? (
          <div className="mt-3">
            <Failure error={change.error} />
          </div>
        ) : null}
        <div className="mt-3 flex items-center gap-3">
          <Button type="submit" kind="main" disabled={!isChanged || change.isPending}>
            Save
          </Button>
          {change.isSuccess && !isChanged ? <span className="text-(--quiet)">Saved</span> : null}
        </div>
      </Card>
    </form>
  )
}
