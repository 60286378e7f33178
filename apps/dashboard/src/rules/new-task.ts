import type { GivenTask, Problem } from '@backhaul/sdk'
import { pairs } from './task-filters.ts'

/** What stands in the form. */
export interface TaskForm {
  url: string
  session: string
  newSession: string
  sha256: string
  notBefore: string
  metadata: string
  description: string
}
export type FieldName = keyof TaskForm

/** The task as the service wants it: what was left empty is not said. */
export function givenTask({ url, sha256, notBefore, metadata, description }: TaskForm): GivenTask {
  const said = pairs(metadata, '\n')
  return {
    url: url.trim(),
    ...(sha256.trim() === '' ? {} : { expected: { sha256: sha256.trim() } }),
    ...(notBefore === '' ? {} : { earliestBeginDate: new Date(notBefore).toISOString() }),
    ...(Object.keys(said).length === 0 ? {} : { metadata: said }),
    ...(description.trim() === '' ? {} : { taskDescription: description.trim() }),
  }
}

const fieldOf: readonly (readonly [pointer: RegExp, field: FieldName])[] = [
  [/^\/(url|request)\b/, 'url'],
  [/^\/expected\b/, 'sha256'],
  [/^\/earliestBeginDate\b/, 'notBefore'],
  [/^\/metadata\b/, 'metadata'],
  [/^\/taskDescription\b/, 'description'],
  [/^\/params\/identifier\b/, 'newSession'],
]

type Fault = NonNullable<Problem['errors']>[number]

/** What is wrong, at the fields that it is about; what is about none of them is left. */
export function faultsByField(faults: readonly Fault[]): { at: Partial<Record<FieldName, string>>; left: Fault[] } {
  const at: Partial<Record<FieldName, string>> = {}
  const left: Fault[] = []
  for (const fault of faults) {
    const field = fieldOf.find(([pointer]) => pointer.test(fault.pointer))?.[1]
    if (!field) left.push(fault)
    else at[field] = [at[field], fault.detail, fault.fix].filter(Boolean).join('. ')
  }
  return { at, left }
}
