import type { Expected } from '@backhaul/transfer/rules'

/** Settings that a client gives and the task keeps unchanged, under the same names wherever it is shown. */
export interface TaskSettings {
  /** 0 to 1. */
  priority: number
  taskDescription: string | null
  metadata: Record<string, string>
  /** Where the file is to be, below the tenant's prefix; a valid key. */
  destinationKey: string | null
  countOfBytesClientExpectsToSend: number | null
  countOfBytesClientExpectsToReceive: number | null
  maximumBytes: number | null
  /** Of its transfer. The session's and the tenant's maximum hold too. */
  maximumBytesPerSecond: number | null
  expected: Expected | null
}

/** The settings of a task for which its client gives none. */
const defaultSettings: Readonly<TaskSettings> = {
  priority: 0.5,
  taskDescription: null,
  metadata: {},
  destinationKey: null,
  countOfBytesClientExpectsToSend: null,
  countOfBytesClientExpectsToReceive: null,
  maximumBytes: null,
  maximumBytesPerSecond: null,
  expected: null,
}

type GivenSettings = { readonly [Setting in keyof TaskSettings]?: TaskSettings[Setting] | undefined }

/** The settings among the given members; missing ones are as in {@link defaultSettings}. */
export function settingsOf(given: GivenSettings): TaskSettings {
  const all = Object.entries(defaultSettings).map(([name, value]) => [name, given[name as keyof TaskSettings] ?? value])
  return Object.fromEntries(all) as TaskSettings
}
