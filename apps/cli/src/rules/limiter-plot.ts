import type { Limiter, Simulation } from '@backhaul/sdk'
import { cut } from './plain-text.ts'
import { countText, durationText, momentText } from './quantities.ts'

/** The limiter as it is now, as sentences. */
export function limiterSentences(limiter: Limiter, nowMs: number): string[] {
  const { state, delaySeconds, gateUntil, quietUntil, lastWakeAt, gatedTasks, wakesLastHour, policy, advice } = limiter
  const isOver = gateUntil !== null && Date.parse(gateUntil) <= nowMs
  const now =
    state === 'foreground'
      ? 'The client is in the foreground: nothing is delayed.'
      : delaySeconds === 0
        ? 'Nothing is delayed.'
        : isOver
          ? `Nothing waits now: ${durationText(delaySeconds)} have passed since the last wake.`
          : `New tasks wait until ${durationText(delaySeconds)} have passed since the last wake${gateUntil ? ` (${momentText(gateUntil, nowMs)})` : ''}.`
  const { baseSeconds, factor, capSeconds } = policy
  return [
    now,
    `${countText(gatedTasks, 'task')} had to wait for it. ${countText(wakesLastHour, 'wake')} within the hour${lastWakeAt ? `, the last ${momentText(lastWakeAt, nowMs)}` : ''}.`,
    ...(quietUntil ? [`Without another wake the delay is 0 again ${momentText(quietUntil, nowMs)}.`] : []),
    `The delay begins with ${durationText(baseSeconds)}, is multiplied by ${factor} with each wake, and is ${durationText(capSeconds)} at most.`,
    ...advice,
  ]
}

/** A simulation as a plot that is so many columns wide: a line for each wake, or for each moment of a pattern. */
export function simulationLines({ delays, timeline }: Simulation, columns: number): string[] {
  if (delays !== undefined)
    return plot(
      delays.map((delay, index) => ({ label: `wake ${index + 1}`, delay })),
      columns,
    )
  const moments = timeline ?? []
  return plot(
    moments.map(({ at, what, delaySeconds }) => ({ label: `${durationText(at)}  ${what}`, delay: delaySeconds })),
    columns,
  )
}

function plot(points: readonly { label: string; delay: number }[], columns: number): string[] {
  const texts = points.map(({ delay }) => durationText(delay))
  const labelWidth = Math.max(0, ...points.map(({ label }) => label.length))
  const textWidth = Math.max(0, ...texts.map((text) => text.length))
  const room = Math.max(4, columns - labelWidth - textWidth - 4)
  const most = Math.max(1, ...points.map(({ delay }) => delay))
  return points.map(({ label, delay }, index) => {
    const bar = '█'.repeat(Math.ceil((delay / most) * room))
    return cut(`${label.padEnd(labelWidth)}  ${texts[index]!.padStart(textWidth)}  ${bar}`.trimEnd(), columns)
  })
}
