import { expect, it } from 'vitest'
import { usageCsv, usageCsvHeader } from '#core/usage/rules/usage-csv.ts'
import { usageCounters } from '#core/usage/rules/usage-points.ts'

const counts = Object.fromEntries(usageCounters.map((name, n) => [name, n])) as Record<
  (typeof usageCounters)[number],
  number
>

it('has a row with the names of the columns, and one for each point, ended by CRLF', () => {
  const point = { tenantId: 'ten_a', at: new Date(0), ...counts, bytesStoredAverage: 1e15 }
  expect(usageCsvHeader).toBe(
    'tenantId,at,tasksCreated,tasksCompleted,tasksFailed,tasksCanceled,bytesReceived,bytesSent,wakes,deliveryAttempts,requests,bytesStoredAverage,deliveryAttemptsFailed\r\n',
  )
  expect(usageCsv([point])).toBe('ten_a,1970-01-01T00:00:00.000Z,0,1,2,3,4,5,6,7,9,1000000000000000,8\r\n')
  expect(usageCsv([])).toBe('')
})

it('quotes what would not be read as one field', () => {
  const point = { tenantId: 'a,"b"\n', at: new Date(0), ...counts, bytesStoredAverage: 0 }
  expect(usageCsv([point])).toMatch(/^"a,""b""\n",1970/)
})
