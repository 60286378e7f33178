import type { Task as StoredTask } from '../database/generated/client.ts'
import type { TaskSettings } from '../tasks/rules/task-settings.ts'

/** Where a task's row has each of its settings, and the type of the column. */
export const settingColumns = {
  priority: { column: 'priority', type: 'float8' },
  taskDescription: { column: 'taskDescription', type: 'text' },
  metadata: { column: 'metadata', type: 'jsonb' },
  destinationKey: { column: 'destinationKey', type: 'text' },
  countOfBytesClientExpectsToSend: { column: 'expectsToSend', type: 'int8' },
  countOfBytesClientExpectsToReceive: { column: 'expectsToReceive', type: 'int8' },
  maximumBytes: { column: 'maximumBytes', type: 'int8' },
  maximumBytesPerSecond: { column: 'maximumBytesPerSecond', type: 'int8' },
  expected: { column: 'expected', type: 'jsonb' },
} as const satisfies Record<
  keyof TaskSettings,
  { column: keyof StoredTask; type: 'float8' | 'int8' | 'text' | 'jsonb' }
>

type SettingColumn = (typeof settingColumns)[keyof TaskSettings]['column']

const columns = Object.entries(settingColumns) as [keyof TaskSettings, { column: SettingColumn }][]

/** Sizes stay far below 2^53. */
export function settingsOfRow(row: Readonly<Record<SettingColumn, unknown>>): TaskSettings {
  const settings: Partial<Record<keyof TaskSettings, unknown>> = {}
  for (const [setting, { column }] of columns) {
    const value = row[column]
    settings[setting] = typeof value === 'bigint' ? Number(value) : value
  }
  return settings as TaskSettings
}
