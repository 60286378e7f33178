import { eventTypes, eventTypesToChoose } from '../rules/event-types.ts'
import { wordFor } from '../rules/known.ts'

/** None chosen: all of them. */
export function EventTypeBoxes({ chosen = [] }: { chosen?: readonly string[] }) {
  return (
    <fieldset>
      <legend className="mb-1 text-(--quiet)">
        Event types. None chosen: all of them. Wakes and decisions come in any case.
      </legend>
      <div className="grid gap-x-4 gap-y-1 sm:grid-cols-2 xl:grid-cols-3">
        {eventTypesToChoose(chosen).map((type) => (
          <label key={type} className="flex min-w-0 items-baseline gap-2">
            <input type="checkbox" name="eventTypes" value={type} defaultChecked={chosen.includes(type)} />
            <span className="min-w-0 wrap-anywhere">
              {type} <span className="text-xs text-(--quiet)">{wordFor<string>(eventTypes, type, '')}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
