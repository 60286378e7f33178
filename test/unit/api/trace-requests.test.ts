import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { endlessOperations } from '#api/trace-requests.ts'

it('operations whose responses are streams have no spans, which would end with the connection', () => {
  const { paths } = JSON.parse(readFileSync('openapi/openapi.json', 'utf8')) as {
    paths: Record<string, Record<string, { operationId?: string; responses?: Record<string, { content?: object }> }>>
  }
  const streams = Object.values(paths)
    .flatMap((path) => Object.values(path))
    .filter(({ responses = {} }) => Object.values(responses).some(({ content = {} }) => 'text/event-stream' in content))
  expect(streams.length).toBeGreaterThan(1)
  expect([...endlessOperations].sort()).toEqual(streams.map(({ operationId }) => operationId).sort())
})
