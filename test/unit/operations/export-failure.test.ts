import { expect, it } from 'vitest'
import { exportFailure } from '#core/operations/rules/export-failure.ts'

const said = (failure: object) => JSON.stringify({ stack: 'Error: x\n    at a (b.ts:1:1)', name: 'Error', ...failure })

it.each([
  [said({ message: 'Unauthorized', code: '401', data: 'token abc is not valid' }), 'Unauthorized (401)'],
  [
    said({ message: 'connect ECONNREFUSED 127.0.0.1:4318', code: 'ECONNREFUSED' }),
    'connect ECONNREFUSED 127.0.0.1:4318 (ECONNREFUSED)',
  ],
  [said({ message: 'Request timed out' }), 'Request timed out'],
  [said({ message: '', code: 'ECONNREFUSED' }), 'no answer (ECONNREFUSED)'],
  ['PeriodicExportingMetricReader: export failed', 'PeriodicExportingMetricReader: export failed'],
  ['"text"', '"text"'],
  ['null', 'null'],
  [
    'Failed to parse trace export response: Unexpected token \'S\', "Secret\nof it" is not valid JSON. Returning empty response',
    'Failed to parse trace export response: it is no JSON of OTLP; does the address lead to a collector?',
  ],
])('%s is told as "%s"', (from, to) => {
  expect(exportFailure(from)).toBe(to)
})
