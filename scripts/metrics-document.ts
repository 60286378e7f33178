import { createInstruments } from '#core/operations/prometheus/instruments.ts'

interface Described {
  name: string
  help: string
  type: string
  labelNames?: readonly string[]
}

const begin = '<!-- Generated from packages/core/src/operations/prometheus/instruments.ts: npm run generate -->'
const end = '<!-- generated until here -->'

/** The document with the list of all metrics, in the order in which they are defined, as its generated part. */
export function metricsDocument(old: string): string {
  const all = createInstruments('0').registry.getMetricsAsArray() as unknown as Described[]
  const own = all.filter(({ name }) => name.startsWith('backhaul_'))
  const rows = own.map(
    ({ name, type, labelNames = [], help }) =>
      `| \`${name}\` | ${type} | ${labelNames.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  )
  const table = ['| metric | type | labels | what it counts |', '|---|---|---|---|', ...rows].join('\n')
  const [before = '', rest = ''] = old.split(begin)
  const after = rest.split(end)[1] ?? '\n'
  return `${before}${begin}\n\n${table}\n\n${end}${after}`
}
