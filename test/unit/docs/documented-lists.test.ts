import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { waitingReasons } from '#core/tasks/rules/waiting-reason.ts'

const scheduling = readFileSync(new URL('../../../docs/guide/scheduling.md', import.meta.url), 'utf8')

it('the guide says of every reason why a task waits what can be done', () => {
  const rows = [...scheduling.matchAll(/^\| `(\w+)` \| .+ \| .+ \|$/gm)].map(([, reason]) => reason!)
  expect(rows.toSorted()).toEqual([...waitingReasons].toSorted())
})
