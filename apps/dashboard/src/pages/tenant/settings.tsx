import { Field } from '../../parts/fields.tsx'
import { policyNames, settingsChange, settingTexts } from '../../rules/tenant-settings.ts'
import { type FormOf, TenantForm, useTenantChange } from './form.tsx'
import { useEdits } from './use-edits.ts'

const policy = {
  baseSeconds: { words: 'Delay after the first wake, in seconds', note: 'Empty: the installation’s. 0: no limiter.' },
  factor: { words: 'Times, with each further wake', note: 'Empty: the installation’s.' },
  capSeconds: { words: 'Longest delay, in seconds', note: 'Empty: the installation’s.' },
} as const

/** Name, weight, and how its wake limiter counts. */
export function SettingsForm({ tenant, changed: refresh }: FormOf) {
  const { change, problems } = useTenantChange({ tenant, changed: refresh })
  const { texts, changed, isChanged, edit, settle } = useEdits(settingTexts(tenant))
  const save = () => change.mutate(settingsChange(changed), { onSuccess: () => settle(changed) })
  return (
    <TenantForm
      title="Settings"
      says="The weight is its share of the places while other tenants have tasks waiting too: with the next task that begins. The wake limiter’s policy holds with the next wake."
      change={change}
      isChanged={isChanged}
      save={save}
    >
      <div className="grid gap-3 sm:grid-cols-2">
        <Field
          name="Name"
          value={texts.name}
          onChange={(event) => edit('name', event.target.value)}
          maxLength={200}
          problem={problems['/name']}
        />
        <Field
          name="Weight"
          inputMode="decimal"
          autoComplete="off"
          maxLength={40}
          value={texts.weight}
          onChange={(event) => edit('weight', event.target.value)}
          problem={problems['/weight']}
        />
        {policyNames.map((each) => (
          <Field
            key={each}
            name={policy[each].words}
            note={policy[each].note}
            inputMode="decimal"
            autoComplete="off"
            maxLength={40}
            value={texts[each]}
            onChange={(event) => edit(each, event.target.value)}
            problem={problems[`/limiterPolicy/${each}`]}
          />
        ))}
      </div>
    </TenantForm>
  )
}
