import { useState } from 'react'
import { Field } from '../../parts/fields.tsx'
import { limitNames, limits, limitTexts, readLimits } from '../../rules/tenant-limits.ts'
import { type FormOf, TenantForm, useTenantChange } from './form.tsx'
import { useEdits } from './use-edits.ts'

export function LimitsForm({ tenant, changed: refresh }: FormOf) {
  const { change, problems } = useTenantChange({ tenant, changed: refresh })
  const { texts, changed, isChanged, edit, settle } = useEdits(limitTexts(tenant.limits))
  const [wrong, setWrong] = useState<Record<string, string>>({})
  const save = () => {
    const read = readLimits(changed)
    setWrong(read.problems)
    if (Object.keys(read.problems).length === 0) change.mutate(read.change, { onSuccess: () => settle(changed) })
  }
  return (
    <TenantForm
      title="Limits"
      says="Empty is the installation’s, none is no limit, and bytes may be given as 10 GiB. They hold at once; a limit below what is used ends nothing."
      change={change}
      isChanged={isChanged}
      save={save}
    >
      <div className="grid gap-3 sm:grid-cols-2 xl:grid-cols-5">
        {limitNames.map((name) => (
          <Field
            key={name}
            name={limits[name].words}
            placeholder="installation’s"
            inputMode="text"
            autoComplete="off"
            maxLength={40}
            value={texts[name]}
            onChange={(event) => edit(name, event.target.value)}
            problem={
              changed[name] === undefined ? undefined : (wrong[`/limits/${name}`] ?? problems[`/limits/${name}`])
            }
          />
        ))}
      </div>
    </TenantForm>
  )
}
