import type { ChangedTenant, Tenant } from '@backhaul/sdk'
import type { Edits } from './form-edits.ts'

export const policyNames = ['baseSeconds', 'factor', 'capSeconds'] as const
export type PolicyName = (typeof policyNames)[number]
export type SettingName = 'name' | 'weight' | PolicyName

/** What the form shows: '' is the installation's. */
export function settingTexts({ name, weight, limiterPolicy }: Pick<Tenant, 'name' | 'weight' | 'limiterPolicy'>) {
  const own = (each: PolicyName) => `${limiterPolicy[each] ?? ''}`
  const policy = { baseSeconds: own('baseSeconds'), factor: own('factor'), capSeconds: own('capSeconds') }
  return { name, weight: `${weight}`, ...policy } satisfies Record<SettingName, string>
}

/** What is no number is sent as it is: the service says at the field what is wrong with it. */
function figure(text: string): number {
  const value = Number(text)
  return text.trim() === '' || Number.isNaN(value) ? (text as unknown as number) : value
}

/** What is to be sent of what was changed. */
export function settingsChange({ name, weight, ...policy }: Edits<SettingName>): ChangedTenant {
  const texts = policyNames.flatMap((each) => (policy[each] === undefined ? [] : [[each, policy[each]] as const]))
  const own = (text: string) => (text.trim() === '' ? null : figure(text))
  return {
    ...(name === undefined ? {} : { name }),
    ...(weight === undefined ? {} : { weight: figure(weight) }),
    ...(texts.length === 0
      ? {}
      : { limiterPolicy: Object.fromEntries(texts.map(([each, text]) => [each, own(text)] as const)) }),
  }
}
