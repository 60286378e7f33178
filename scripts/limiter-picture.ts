/** The picture of the wake limiter, drawn from its rules: readable on a light and on a dark page, and on a phone. */
import { behaviours, risingDelay } from './guide-limiter.ts'

const [width, height] = [720, 640]
const left = 74
const right = 24
const plot = { width: width - left - right, height: 200 }
const style = `
  .page { fill: #ffffff; stroke: #d0d7de }
  text { font: 13px system-ui, "DejaVu Sans", Arial, sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 }
  .quiet { fill: #59636e; font-size: 12px }
  .rule { stroke: #d8dee4; fill: none }
  .rises { stroke: #cf222e; fill: none; stroke-width: 2.5 }
  .stays { stroke: #0969da; fill: none; stroke-width: 2.5 }
  .rises-dot { fill: #cf222e }
  .stays-dot { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; stroke: #3d444d }
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
    .rule { stroke: #30363d }
    .rises { stroke: #ff7b72 }
    .stays { stroke: #4493f8 }
    .rises-dot { fill: #ff7b72 }
    .stays-dot { fill: #4493f8 }
  }`

/** Two plots, one below the other: the delay after each wake of two clients, and the delay over time that rises and falls. */
export function limiterPicture(): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="name">
<title id="name">The wake limiter: how the delay rises with each wake, and when it falls</title>
<style>${style}
</style>
<rect class="page" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${afterEachWake(70)}
${overTime(385)}
</svg>
`
}

const text = (x: number, y: number, kind: string, words: string, anchor = 'start') =>
  `<text x="${round(x)}" y="${round(y)}" class="${kind}" text-anchor="${anchor}">${words}</text>`
const line = (kind: string, points: readonly (readonly [number, number])[]) =>
  `<path class="${kind}" d="M${points.map(([x, y]) => `${round(x)} ${round(y)}`).join('L')}"/>`
const dots = (kind: string, points: readonly (readonly [number, number])[]) =>
  points.map(([x, y]) => `<circle class="${kind}" cx="${round(x)}" cy="${round(y)}" r="3.5"/>`).join('')
const round = (value: number) => Number(value.toFixed(1))

/** Each doubling takes the same height: the scale is logarithmic. */
function afterEachWake(top: number): string {
  const [rising, pausing] = behaviours
  const most = rising.delays.at(-1)!
  const [lowest, highest] = [Math.log2(30), Math.log2(most)]
  const y = (seconds: number) =>
    top + plot.height - ((Math.log2(seconds) - lowest) / (highest - lowest)) * (plot.height - 10)
  const x = (index: number) => left + 24 + (index * (plot.width - 48)) / (rising.delays.length - 1)
  const points = (delays: readonly number[]) => delays.map((delay, index) => [x(index), y(delay)] as const)
  const marks: [number, string][] = [
    [60, '1 min'],
    [240, '4 min'],
    [960, '16 min'],
    [3600, '1 h'],
    [most, `${most / 3600} h`],
  ]
  return [
    text(24, top - 38, 'title', 'Delay after each wake'),
    text(
      24,
      top - 20,
      'quiet',
      'Every step up is twice as long. One task of 11 s for each wake; the next one is created…',
    ),
    ...marks.flatMap(([seconds, label]) => [
      line('rule', [
        [left, y(seconds)],
        [width - right, y(seconds)],
      ]),
      text(left - 8, y(seconds) + 4, 'quiet', label, 'end'),
    ]),
    ...rising.delays.map((_, index) => text(x(index), top + plot.height + 20, 'quiet', String(index + 1), 'middle')),
    text(width - right, top + plot.height + 38, 'quiet', 'number of the wake', 'end'),
    line('stays', points(pausing.delays)),
    dots('stays-dot', points(pausing.delays)),
    line('rises', points(rising.delays)),
    dots('rises-dot', points(rising.delays)),
    text(x(4) - 12, y(rising.delays[4]!) - 6, '', '…5 s after the wake', 'end'),
    text(x(10), y(60) - 10, '', '…200 s after the wake: the delay has passed', 'end'),
  ].join('\n')
}

/** The steps of a delay that four wakes raise, and the quiet that ends it. */
function overTime(top: number): string {
  const steps = risingDelay()
  const last = steps.at(-1)!
  const until = Math.ceil((last.atSeconds + 60) / 120) * 120
  const most = Math.max(...steps.map(({ delaySeconds }) => delaySeconds))
  const x = (seconds: number) => left + (seconds / until) * plot.width
  const y = (seconds: number) => top + plot.height - (seconds / most) * (plot.height - 10)
  const corners = steps.flatMap(({ atSeconds, delaySeconds }, index) => {
    const before = steps[index - 1]?.delaySeconds ?? delaySeconds
    return [[x(atSeconds), y(before)] as const, [x(atSeconds), y(delaySeconds)] as const]
  })
  const minutes = Array.from({ length: Math.floor(until / 120) + 1 }, (_, index) => index * 2)
  return [
    text(24, top - 30, 'title', 'Delay over time'),
    text(24, top - 12, 'quiet', 'Four tasks, each created 5 s after the wake before it, and then quiet.'),
    ...[0, 60, 120, 240, 480].flatMap((seconds) => [
      line('rule', [
        [left, y(seconds)],
        [width - right, y(seconds)],
      ]),
      text(left - 8, y(seconds) + 4, 'quiet', `${seconds} s`, 'end'),
    ]),
    ...minutes.map((minute) => text(x(minute * 60), top + plot.height + 20, 'quiet', String(minute), 'middle')),
    text(width - right, top + plot.height + 38, 'quiet', 'minutes', 'end'),
    line('rises', [...corners, [x(until), y(last.delaySeconds)]]),
    // The first is too close to the scale for a word.
    ...steps
      .slice(2, -1)
      .map(({ atSeconds, delaySeconds }) => text(x(atSeconds) - 6, y(delaySeconds) + 14, 'quiet', 'wake', 'end')),
    text(x(last.atSeconds) - 8, y(0) - 10, '', 'quiet for one delay: 0 again', 'end'),
  ].join('\n')
}
