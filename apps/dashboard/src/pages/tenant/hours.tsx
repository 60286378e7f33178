import type { HoursWindow } from '@backhaul/sdk'
import { useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { Field } from '../../parts/fields.tsx'
import { type FormOf, TenantForm, useTenantChange } from './form.tsx'

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
type Day = (typeof days)[number]

interface Row {
  days: readonly Day[]
  from: string
  to: string
}

const rowOf = ({ days: given, from, to }: HoursWindow): Row => ({ days: given ?? days, from, to })
const windowOf = ({ days: given, from, to }: Row): HoursWindow => ({
  ...(given.length === days.length ? {} : { days: [...given] }),
  from,
  to,
})

interface Hours {
  timeZone: string
  rows: Row[]
}

/** When its discretionary tasks may begin, unless their session says otherwise. They are one value: they are sent together. */
export function HoursForm({ tenant, changed }: FormOf) {
  const { change, problems } = useTenantChange({ tenant, changed })
  const { preferredHours } = tenant
  const saved: Hours = {
    timeZone: preferredHours?.timeZone ?? 'UTC',
    rows: (preferredHours?.windows ?? []).map(rowOf),
  }
  // Null: nothing was typed, and what is saved is shown, also when that changes.
  const [edited, setEdited] = useState<Hours | null>(null)
  const { timeZone, rows } = edited ?? saved
  const setRows = (next: (rows: Row[]) => Row[]) => {
    // What was wrong is told by the row's place, which may be another's now.
    if (change.error) change.reset()
    setEdited((old) => ({ ...(old ?? saved), rows: next((old ?? saved).rows) }))
  }
  const edit = (place: number, some: Partial<Row>) =>
    setRows((old) => old.map((row, n) => (n === place ? { ...row, ...some } : row)))
  const add = () => setRows((old) => [...old, { days, from: '22:00', to: '06:00' }])
  const save = () =>
    change.mutate(
      { preferredHours: rows.length === 0 ? null : { timeZone, windows: rows.map(windowOf) } },
      // What was typed while it was being sent is not saved yet.
      { onSuccess: () => setEdited((now) => (now === edited ? null : now)) },
    )
  return (
    <TenantForm
      title="Preferred hours"
      says={
        rows.length === 0
          ? 'Its discretionary tasks may begin at any time, unless their session says otherwise.'
          : 'Its discretionary tasks begin in these hours, unless their session says otherwise. An end before the beginning is on the next day.'
      }
      change={change}
      isChanged={edited !== null}
      save={save}
    >
      {rows.length > 0 ? (
        <div className="mb-3 max-w-xs">
          <Field
            name="Time zone"
            value={timeZone}
            onChange={(event) => setEdited((old) => ({ ...(old ?? saved), timeZone: event.target.value.trim() }))}
            maxLength={64}
            autoComplete="off"
            problem={problems['/preferredHours/timeZone']}
          />
        </div>
      ) : null}
      <ul className="space-y-3">
        {rows.map((row, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place, and its fields hold nothing of their own.
          <li key={n} className="flex flex-wrap items-end gap-3">
            <Field
              name="From"
              value={row.from}
              onChange={(event) => edit(n, { from: event.target.value.trim() })}
              maxLength={5}
              className="w-20"
              problem={problems[`/preferredHours/windows/${n}/from`]}
            />
            <Field
              name="To"
              value={row.to}
              onChange={(event) => edit(n, { to: event.target.value.trim() })}
              maxLength={5}
              className="w-20"
              problem={problems[`/preferredHours/windows/${n}/to`]}
            />
            <fieldset aria-label="Days" className="flex flex-wrap gap-x-2">
              {days.map((day) => (
                <label key={day} className="flex items-center gap-1 py-1">
                  <input
                    type="checkbox"
                    checked={row.days.includes(day)}
                    onChange={() =>
                      edit(n, {
                        days: row.days.includes(day) ? row.days.filter((each) => each !== day) : [...row.days, day],
                      })
                    }
                  />
                  {day}
                </label>
              ))}
              {problems[`/preferredHours/windows/${n}/days`] ? (
                <span className="text-red-700 dark:text-red-300">{problems[`/preferredHours/windows/${n}/days`]}</span>
              ) : null}
            </fieldset>
            <Button onClick={() => setRows((old) => old.filter((_, each) => each !== n))}>Remove</Button>
          </li>
        ))}
      </ul>
      <div className="mt-3">
        <Button onClick={add}>Add hours</Button>
      </div>
    </TenantForm>
  )
}
