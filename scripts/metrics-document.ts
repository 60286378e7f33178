import { createInstruments } from '#core/operations/prometheus/instruments.ts'
import { withGenerated } from './generated-part.ts'

interface Described {
  name: string
  help: string
  type: string
  labelNames?: readonly string[]
}

/** The document with the list of all metrics, in the order in which they are defined, as its generated part. */
export function metricsDocument(old: string): string {
  const all = createInstruments('0').registry.getMetricsAsArray() as unknown as Described[]
  const own = all.filter(({ name }) => name.startsWith('backhaul_'))
  const rows = own.map(
    ({ name, type, labelNames = [], help }) =>
      `| \`${name}\` | ${type} | ${labelNames.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  )
  const table = ['| metric | type | labels | what it counts |', '|---|---|---|---|', ...rows].join('\n')
  return withGenerated(old, 'packages/core/src/operations/prometheus/instruments.ts', table)
}
