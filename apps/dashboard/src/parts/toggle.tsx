/** One of a few, in a row. */
export function Toggle<Value extends string>({
  name,
  value,
  options,
  choose,
}: {
  name: string
  value: Value
  options: readonly (readonly [Value, string])[]
  choose(value: Value): void
}) {
  return (
    <fieldset aria-label={name} className="flex flex-wrap gap-x-1 rounded-lg border border-(--line) bg-(--card) p-0.5">
      {options.map(([each, words]) => (
        <button
          key={each}
          type="button"
          aria-pressed={each === value}
          onClick={() => choose(each)}
          className={`cursor-pointer rounded-md px-2.5 py-1 ${each === value ? 'bg-(--track) font-medium' : 'text-(--quiet) hover:text-(--text)'}`}
        >
          {words}
        </button>
      ))}
    </fieldset>
  )
}
