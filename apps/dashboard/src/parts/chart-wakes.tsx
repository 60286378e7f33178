import { useLocation } from 'wouter'
import { useRoving } from '../use-roving.ts'

export interface ChartWake {
  at: number
  /** Said of it, and where it leads. */
  link?: { says: string; href: string }
}

interface Options {
  wakes: readonly ChartWake[]
  x(at: number): number
  top: number
  bottom: number
}

/** Each wake as a mark in a chart, in the order of their times. Those that lead somewhere are one stop of the Tab key, however many they are. */
export function ChartWakes({ wakes, x, top, bottom }: Options) {
  const [, go] = useLocation()
  const { group, stopOf } = useRoving(wakes.flatMap(({ link }) => (link ? [link.href] : [])))
  return (
    <g {...group}>
      {wakes.map(({ at, link }) => {
        const mark = <Mark key={at} x={x(at)} top={top} bottom={bottom} />
        if (!link) return mark
        return (
          <a
            key={link.href}
            href={link.href}
            aria-label={link.says}
            {...stopOf(link.href)}
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return
              event.preventDefault()
              go(link.href)
            }}
          >
            <title>{link.says}</title>
            <rect x={x(at) - 5} y={top} width={10} height={bottom - top + 6} fill="transparent" />
            {mark}
          </a>
        )
      })}
    </g>
  )
}

function Mark({ x, top, bottom }: { x: number; top: number; bottom: number }) {
  return (
    <>
      <line
        x1={x}
        x2={x}
        y1={top}
        y2={bottom}
        strokeDasharray="2 4"
        className="stroke-amber-600 dark:stroke-amber-400"
      />
      <circle cx={x} cy={bottom} r={4} className="fill-amber-600 dark:fill-amber-400" />
    </>
  )
}
