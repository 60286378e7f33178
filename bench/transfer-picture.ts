/** The picture of bench/transfer.ts: bars of throughput and CPU, readable on a light and on a dark page. */
import { GiB, MiB } from './test-files.ts'
import type { Row } from './transfer-figures.ts'
import { groups, labelOf } from './transfer-table.ts'

const width = 860
const labelWidth = 218
const barWidth = 210
const gap = 74
const rowHeight = 24
const barHeight = 14
const titleHeight = 38
const top = 78

const style = `
  .page { fill: #ffffff; stroke: #d0d7de }
  text { font: 13px -apple-system, "Segoe UI", "Helvetica Neue", "DejaVu Sans", Arial, sans-serif; fill: #1f2328 }
  .name { font-size: 18px; font-weight: 600 }
  .title { font-weight: 600 }
  .quiet { fill: #59636e; font-size: 12px }
  .number { font-variant-numeric: tabular-nums; font-size: 12px }
  .ours { font-weight: 600 }
  .peer-bar { fill: #afb8c1 }
  .our-bar { fill: #0969da }
  .rule { stroke: #d8dee4 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; stroke: #3d444d }
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
    .peer-bar { fill: #57606a }
    .our-bar { fill: #4493f8 }
    .rule { stroke: #30363d }
  }`

/** The bars of one size. Throughput and CPU have one scale each, so that lengths can be compared over the whole picture. */
export function transferPicture(rows: readonly Row[], about: { size: string; notes: readonly string[] }): string {
  const all = groups(rows)
  const speed = ({ size, wallSeconds }: Row) => size / MiB / wallSeconds
  const cpu = ({ size, cpuSeconds }: Row) => (cpuSeconds * GiB) / size
  const most = { speed: Math.max(...rows.map(speed)), cpu: Math.max(...rows.map(cpu)) }
  const [left, right] = [24 + labelWidth, 24 + labelWidth + barWidth + gap]
  const parts: string[] = []
  let y = top
  for (const group of all) {
    parts.push(`<path class="rule" d="M24 ${y}H${width - 24}"/>`)
    parts.push(text(24, y + 25, 'title', group.title.replace(about.size, '').trim().replace(/^./, upper)))
    y += titleHeight
    for (const row of group.rows) {
      const ours = row.contender === 'engine' || row.contender === 'service'
      const kind = ours ? 'our-bar' : 'peer-bar'
      const middle = y + barHeight - 3
      parts.push(text(24, middle, ours ? 'ours' : '', labelOf(row, group.title)))
      parts.push(bar(left, y, (speed(row) / most.speed) * barWidth, kind, speed(row).toFixed(0)))
      parts.push(bar(right, y, (cpu(row) / most.cpu) * barWidth, kind, cpu(row).toFixed(2)))
      y += rowHeight
    }
    y += 10
  }
  const height = y + 14 + 18 * about.notes.length + 6
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="name">
<title id="name">${escaped(`A file of ${about.size} from URL to storage: throughput and CPU time of each program`)}</title>
<style>${style}
</style>
<rect class="page" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${text(24, 36, 'name', `A file of ${about.size}, from URL to storage`)}
${text(left, 64, 'quiet', 'MiB per second (longer is better)')}
${text(right, 64, 'quiet', 'CPU seconds per GiB (shorter is better)')}
${parts.join('\n')}
${about.notes.map((note, n) => text(24, y + 18 + 18 * n, 'quiet', note)).join('\n')}
</svg>
`

  function bar(x: number, y: number, length: number, kind: string, number: string): string {
    const wide = Math.max(2, length)
    return `<rect class="${kind}" x="${x}" y="${y}" width="${wide.toFixed(1)}" height="${barHeight}" rx="2"/>${text(x + wide + 7, y + barHeight - 3, 'number', number)}`
  }
}

const upper = (letter: string) => letter.toUpperCase()

function text(x: number, y: number, kind: string, words: string): string {
  return `<text${kind ? ` class="${kind}"` : ''} x="${x.toFixed(1).replace('.0', '')}" y="${y}">${escaped(words)}</text>`
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
