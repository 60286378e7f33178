import { expect, it } from 'vitest'
import { planTask } from '#core/tasks/validate-task.ts'
import { aTask } from '#support/builders/task.ts'
import { parseCidrs } from '#transfer/egress/rules/address-class.ts'

it('goes on from a canceled task only where the operator still lets it', () => {
  const task = aTask({ request: { url: 'http://10.1.2.3/file', headers: {} } })
  const resumed = { task, kept: { taskId: task.id, generation: 1, until: new Date(0) } }
  const plan = (allowed: string) =>
    planTask(
      { mint: { id: () => 'tsk_new' }, egress: { allowed: parseCidrs(allowed).cidrs }, nowMs: () => 0 },
      { resumeData: 'a.b' },
      '/tasks/0',
      { tenantId: task.tenantId, resumed },
    )
  expect(plan('10.0.0.0/8')).toMatchObject({ task: { request: { url: 'http://10.1.2.3/file' } }, errors: [] })
  const closed = plan('')
  expect(closed).toMatchObject({
    task: null,
    errors: [{ pointer: '/tasks/0/resumeData', code: 'destination_denied' }],
  })
  expect(JSON.stringify(closed)).not.toContain('10.1')
})
