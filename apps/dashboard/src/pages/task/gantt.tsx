import { bytes } from '../../rules/format.ts'
import type { Bar, Lane, Life, Mark } from '../../rules/life.ts'
import { lookOf } from '../../rules/phases.ts'
import { span } from '../../rules/span.ts'
import { type Scale, ticksOf } from '../../rules/stretched-scale.ts'
import { momentsOf, sharesOf } from '../../rules/task-life.ts'
import { ReceivedCurve } from './received-curve.tsx'

const percent = (share: number) => `${(share * 100).toFixed(3)}%`
/** A bar this wide has room for how long it took. */
const labelledShare = 0.045

const row = 'grid grid-cols-1 gap-x-3 sm:grid-cols-[7.5rem_minmax(0,1fr)]'

interface Options {
  life: Life
  scale: Scale
  received: readonly { at: number; bytes: number }[]
}

/** A task's life: a lane for each thing that goes on beside others, over one axis of time. */
export function Gantt({ life, scale, received }: Options) {
  const moments = momentsOf(life)
  const ticks = ticksOf(moments, scale)
  const broken = life.lanes.flatMap(({ marks }) => marks.filter(({ kind }) => kind === 'interruption'))
  return (
    <div>
      <Shares life={life} />
      <div className="relative mt-5" role="img" aria-label={spoken(life)}>
        <div aria-hidden className={`pointer-events-none absolute inset-0 ${row}`}>
          <span className="hidden sm:block" />
          <span className="relative block">
            {ticks.map((at) => (
              <Line key={at} at={scale.at(at)} className="border-(--line)" />
            ))}
            {broken.map(({ at }) => (
              <Line key={at} at={scale.at(at)} className="border-dashed border-red-500" />
            ))}
          </span>
        </div>
        {life.lanes.map((lane) => (
          <LaneRow key={lane.name} lane={lane} scale={scale} />
        ))}
        {received.length > 0 ? (
          <div className={row}>
            <LaneName name="Received" />
            <ReceivedCurve points={received} scale={scale} />
          </div>
        ) : null}
        <Axis from={life.from} ticks={ticks} scale={scale} />
      </div>
      <Interruptions life={life} />
    </div>
  )
}

function Line({ at, className }: { at: number; className: string }) {
  return <span className={`absolute inset-y-0 border-l ${className}`} style={{ left: percent(at) }} />
}

const LaneName = ({ name }: { name: string }) => (
  <span className="truncate pt-1 text-xs text-(--quiet) sm:pt-0 sm:leading-4">{name}</span>
)

function LaneRow({ lane: { name, bars, marks }, scale }: { lane: Lane; scale: Scale }) {
  return (
    <div className={row}>
      <LaneName name={name} />
      <div className="relative h-9">
        {bars.map((bar) => (
          <BarShape key={`${bar.phase} ${bar.from} ${bar.to}`} bar={bar} scale={scale} />
        ))}
        {marks.map((mark) => (
          <MarkShape key={`${mark.kind} ${mark.at} ${mark.words}`} mark={mark} scale={scale} />
        ))}
      </div>
    </div>
  )
}

function BarShape({ bar, scale }: { bar: Bar; scale: Scale }) {
  const { words, colour } = lookOf(bar)
  const left = scale.at(bar.from)
  const width = scale.at(bar.to) - left
  const took = span(bar.to - bar.from)
  const size = bar.bytes === undefined ? '' : `, ${bytes(bar.bytes)}`
  const from = bar.offset ? ` from byte ${bar.offset.toLocaleString('en')}` : ''
  const isThin = bar.phase === 'unknown' || bar.isPlanned || bar.phase === 'suspended'
  const fill = isThin
    ? `repeating-linear-gradient(135deg, ${colour} 0 2px, transparent 2px 6px)`
    : bar.isOpen
      ? `linear-gradient(90deg, ${colour} 60%, color-mix(in srgb, ${colour} 55%, transparent))`
      : colour
  return (
    <span
      className="group absolute inset-y-0 cursor-default"
      style={{ left: percent(left), width: `max(3px, ${percent(width)})` }}
      title={`${bar.words}${bar.reason ? `: ${words}` : ''}${from}\n${bar.isPlanned ? 'for ' : ''}${took}${size}${bar.isOpen ? ', and it goes on' : ''}`}
    >
      <span
        className={`block h-4 rounded-[3px] group-hover:brightness-110 ${isThin ? 'border' : ''}`}
        style={{ background: fill, borderColor: colour }}
      />
      {width >= labelledShare ? (
        <span className="hidden truncate text-[11px] leading-4 text-(--quiet) tabular-nums group-hover:text-(--text) sm:block">
          {took}
          {size}
        </span>
      ) : null}
    </span>
  )
}

const markLooks: Record<Mark['kind'], string> = {
  interruption: 'bg-red-600 rotate-45',
  resumption: 'bg-(--text) rounded-full ring-2 ring-(--card)',
  event: 'bg-indigo-500 rounded-full',
  end: 'bg-(--text) rotate-45',
}

function MarkShape({ mark: { at, kind, words }, scale }: { mark: Mark; scale: Scale }) {
  return (
    <span
      title={words}
      className="absolute top-0 z-10 flex h-4 w-3 -translate-x-1/2 items-center justify-center"
      style={{ left: percent(scale.at(at)) }}
    >
      <span className={`block size-2 ${markLooks[kind]}`} />
    </span>
  )
}

function Axis({ from, ticks, scale }: { from: number; ticks: readonly number[]; scale: Scale }) {
  return (
    <div className={row}>
      <span className="hidden sm:block" />
      <div className="relative mt-1 h-7 border-t border-(--line) text-[11px] text-(--quiet) tabular-nums">
        {ticks.map((at, n) => {
          const share = scale.at(at)
          const side = share > 0.94 ? '-translate-x-full' : n === 0 ? '' : '-translate-x-1/2'
          const small = n === 0 || n === ticks.length - 1 ? '' : 'hidden sm:block'
          return (
            <span
              key={at}
              className={`absolute top-1 whitespace-nowrap ${side} ${small}`}
              style={{ left: percent(share) }}
            >
              {at === from ? '0' : `+${span(at - from)}`}
            </span>
          )
        })}
        {scale.breaks.map((share) => (
          <span
            key={share}
            className="absolute -top-2 -translate-x-1/2 bg-(--card) px-0.5 text-xs font-semibold"
            style={{ left: percent(share) }}
            title="Much more time is here than its width says"
          >
            ≈
          </span>
        ))}
      </div>
    </div>
  )
}

/** The legend: what there is, and how long it took in all. */
function Shares({ life }: { life: Life }) {
  return (
    <ul className="flex flex-wrap gap-x-5 gap-y-2">
      {sharesOf(life).map(({ phase, reason, ms }) => {
        const { words, colour } = lookOf({ phase, reason })
        return (
          <li key={`${phase} ${reason}`} className="flex items-baseline gap-2">
            <span aria-hidden className="size-2.5 shrink-0 rounded-[3px]" style={{ background: colour }} />
            <span className="text-(--quiet)">{words}</span>
            <span className="font-medium tabular-nums">{span(ms)}</span>
          </li>
        )
      })}
    </ul>
  )
}

/** A task that is cut again and again has more than anybody reads; the timeline has them all. */
const toldInterruptions = 8

/** Where it broke off and went on, in words. */
function Interruptions({ life }: { life: Life }) {
  const marks = life.lanes
    .flatMap((lane) => lane.marks)
    .filter(({ kind }) => kind === 'interruption' || kind === 'resumption')
    .toSorted((a, b) => a.at - b.at)
  if (marks.length === 0) return null
  return (
    <ul className="mt-3 grid gap-x-6 gap-y-1 text-xs md:grid-cols-2">
      {marks.slice(0, toldInterruptions).map(({ at, kind, words }) => (
        <li key={`${at} ${words}`} className="flex items-baseline gap-2">
          <span aria-hidden className={`size-2 shrink-0 ${markLooks[kind]}`} />
          <span className="min-w-0 wrap-anywhere">
            {words} <span className="whitespace-nowrap text-(--quiet) tabular-nums">+{span(at - life.from)}</span>
          </span>
        </li>
      ))}
    </ul>
  )
}

function spoken(life: Life): string {
  const shares = sharesOf(life).map((share) => `${lookOf(share).words} ${span(share.ms)}`)
  const broken = life.lanes.flatMap(({ marks }) => marks.filter(({ kind }) => kind === 'interruption')).length
  return `The task's life over ${span(life.to - life.from)}: ${shares.join(', ')}${broken === 0 ? '' : `; interrupted ${broken === 1 ? 'once' : `${broken} times`}`}`
}
