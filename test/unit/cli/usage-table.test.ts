import { describe, expect, it } from 'vitest'
import { type UsageRow, usageRows } from '#cli/rules/usage-table.ts'

const none = { tasksCreated: 0, bytesReceived: 0, bytesStoredAverage: 0 }
const day = (at: number, used: object = {}) => ({ at: `2026-11-0${at}`, ...none, ...used }) as unknown as UsageRow
const total = { ...none, tasksCreated: 3 } as unknown as UsageRow
const shown = (days: UsageRow[]) => usageRows(days, total).map(({ at }) => at)

describe('the rows of usage', () => {
  it('are those from the first to the last day with anything, and the total', () => {
    const days = [day(1), day(2, { tasksCreated: 2 }), day(3), day(4, { bytesStoredAverage: 0.5 }), day(5)]
    expect(shown(days)).toEqual(['2026-11-02', '2026-11-03', '2026-11-04', 'total'])
  })
  it.each([[[]], [[day(1), day(2)]]])('are none where nothing was used', (days) => {
    expect(shown(days)).toEqual([])
  })
})
