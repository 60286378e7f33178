import { useState } from 'react'
import { Field } from '../../parts/fields.tsx'
import { type FormOf, TenantForm, useTenantChange } from './form.tsx'

const policy = {
  baseSeconds: { words: 'Delay after the first wake, in seconds', note: 'Empty: the installation’s. 0: no limiter.' },
  factor: { words: 'Times, with each further wake', note: 'Empty: the installation’s.' },
  capSeconds: { words: 'Longest delay, in seconds', note: 'Empty: the installation’s.' },
} as const
type PolicyName = keyof typeof policy
const policyNames = Object.keys(policy) as PolicyName[]

/** Name, weight, and how its wake limiter counts. */
export function SettingsForm({ tenant, changed }: FormOf) {
  const { change, problems } = useTenantChange({ tenant, changed })
  const [name, setName] = useState(tenant.name)
  const [weight, setWeight] = useState(`${tenant.weight}`)
  const [texts, setTexts] = useState<Record<PolicyName, string>>({
    baseSeconds: `${tenant.limiterPolicy.baseSeconds ?? ''}`,
    factor: `${tenant.limiterPolicy.factor ?? ''}`,
    capSeconds: `${tenant.limiterPolicy.capSeconds ?? ''}`,
  })
  const own = (text: string) => (text.trim() === '' ? null : Number(text))
  const save = () =>
    change.mutate([
      {
        name,
        weight: Number(weight),
        limiterPolicy: {
          baseSeconds: own(texts.baseSeconds),
          factor: own(texts.factor),
          capSeconds: own(texts.capSeconds),
        },
      },
    ])
  return (
    <TenantForm
      title="Settings"
      says="The weight is its share of the places while other tenants have tasks waiting too: with the next task that begins. The wake limiter’s policy holds with the next wake."
      change={change}
      save={save}
    >
      <div className="grid gap-3 sm:grid-cols-2">
        <Field
          name="Name"
          value={name}
          onChange={(event) => setName(event.target.value)}
          maxLength={200}
          problem={problems['/name']}
        />
        <Field
          name="Weight"
          type="number"
          step="any"
          min={0.001}
          max={1000}
          value={weight}
          onChange={(event) => setWeight(event.target.value)}
          problem={problems['/weight']}
        />
        {policyNames.map((each) => (
          <Field
            key={each}
            name={policy[each].words}
            note={policy[each].note}
            type="number"
            step="any"
            min={0}
            value={texts[each]}
            onChange={(event) => setTexts((old) => ({ ...old, [each]: event.target.value }))}
            problem={problems[`/limiterPolicy/${each}`]}
          />
        ))}
      </div>
    </TenantForm>
  )
}
