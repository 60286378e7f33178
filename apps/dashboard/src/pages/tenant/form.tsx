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

/** Changes a tenant, in one or several steps. What is wrong is said at the fields. */
export function useTenantChange({ tenant, changed }: FormOf) {
  const change = useMutation({
    mutationFn: async (steps: readonly ChangedTenant[]) => {
      for (const step of steps) await backhaul.admin.tenants.update(tenant.id, step)
    },
    onSuccess: () => announce('Saved'),
    onSettled: changed,
  })
  return { change, problems: problemsOf(change.error) }
}

interface Options {
  title: string
  says: string
  change: ReturnType<typeof useTenantChange>['change']
  save(): void
  children: ReactNode
}

export function TenantForm({ title, says, change, save, children }: Options) {
  return (
    <form
      aria-label={title}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        save()
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
          <Button type="submit" kind="main" disabled={change.isPending}>
            Save
          </Button>
          {change.isSuccess ? <span className="text-(--quiet)">Saved</span> : null}
        </div>
      </Card>
    </form>
  )
}
