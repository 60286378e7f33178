import { weekdays } from '@backhaul/core'
import { Type } from 'typebox'
import { closed, oneOf, ref } from './shapes.ts'

const windows = 21
const clock = String.raw`([01]\d|2[0-3]):[0-5]\d`

export const HoursWindowSchema = Type.Object(
  {
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
  },
  { $id: 'HoursWindow', ...closed },
)

export const PreferredHoursSchema = Type.Object(
  {
    timeZone: Type.String({ maxLength: 64, description: 'Of the IANA database, as `Europe/Berlin`.' }),
    windows: Type.Array(ref(HoursWindowSchema), {
      minItems: 1,
      maxItems: windows,
      description: 'Open in any of them.',
    }),
  },
  { $id: 'PreferredHours', description: 'Times of the week, by the clocks of a place.', ...closed },
)
