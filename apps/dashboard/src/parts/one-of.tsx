interface Options<Value extends string> {
  name: string
  value: Value
  options: readonly (readonly [value: Value, words: string])[]
  choose(value: Value): void
}

/** A choice of few, all of them seen. */
export function OneOf<Value extends string>({ name, value, options, choose }: Options<Value>) {
  return (
    <fieldset aria-label={name} className="inline-flex flex-wrap rounded-lg border border-(--line) bg-(--card) p-0.5">
      {options.map(([each, words]) => (
        <button
          key={each}
          type="button"
          aria-pressed={each === value}
          onClick={() => choose(each)}
          className={`cursor-pointer rounded-md px-2 py-0.5 ${each === value ? 'bg-(--track) font-medium text-(--text)' : 'text-(--quiet) hover:text-(--text)'}`}
        >
          {words}
        </button>
      ))}
    </fieldset>
  )
}
