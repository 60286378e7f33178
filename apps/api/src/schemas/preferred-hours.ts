import { leastBytesPerSecond, weekdays } from '@backhaul/core'
import { Type } from 'typebox'
import { closed, nullable, oneOf, ref } from './shapes.ts'

const windows = 21
const timeZone = Type.String({ maxLength: 64, description: 'Of the IANA database, as `Europe/Berlin`.' })
const clock = String.raw`([01]\d|2[0-3]):[0-5]\d`

const times = {
  days: Type.Optional(
    Type.Array(oneOf(weekdays), {
      minItems: 1,
      maxItems: weekdays.length,
      uniqueItems: true,
      description: 'On which it begins. Without it: every day.',
    }),
  ),
  from: Type.String({ pattern: `^${clock}$`, description: 'HH:MM.' }),
  to: Type.String({
    pattern: `^(${clock}|24:00)$`,
    description: 'HH:MM, up to 24:00. Before `from`: on the next day.',
  }),
}
export const HoursWindowSchema = Type.Object(times, {
  $id: 'HoursWindow',
  description: 'Hours of some days of the week.',
  ...closed,
})

export const PreferredHoursSchema = Type.Object(
  {
    timeZone,
    windows: Type.Array(ref(HoursWindowSchema), {
      minItems: 1,
      maxItems: windows,
      description: 'Open in any of them.',
    }),
  },
  { $id: 'PreferredHours', description: 'Times of the week, by the clocks of a place.', ...closed },
)

/** A maximum of bytes per second; null: none. */
export const maximumRate = (options: { description: string; default?: number | null }) =>
  nullable(
    Type.Integer({ minimum: leastBytesPerSecond, maximum: Number.MAX_SAFE_INTEGER, description: 'Bytes per second.' }),
    options,
  )

export const BandwidthWindowSchema = Type.Object(
  {
    ...times,
    timeZone: Type.Optional({ ...timeZone, default: 'UTC' }),
    maximumBytesPerSecond: maximumRate({ description: 'While it is open. Null: no limit.' }),
  },
  { $id: 'BandwidthWindow', description: 'Times of the week in which another maximum holds.', ...closed },
)
/** A week in quarters of the day, and some more. */
export const maxBandwidthWindows = 42
