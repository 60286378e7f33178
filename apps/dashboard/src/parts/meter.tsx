/** How much of something is used; nearly all of it stands out. `fraction` null: there is nothing to use. `mark`: where it ought to be. */
export function Meter({
  name,
  fraction,
  mark,
  colour,
}: {
  name: string
  fraction: number | null
  mark?: number | null
  colour?: string
}) {
  if (fraction === null) return <span className="block h-2 w-full rounded-full border border-dashed border-(--line)" />
  const usual = fraction >= 0.95 ? '#dc2626' : fraction >= 0.8 ? '#d97706' : '#2563eb'
  return (
    // biome-ignore lint/a11y/useSemanticElements: a <meter> has no place for the mark
    <span
      role="meter"
      aria-label={name}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(fraction * 100)}
      className="relative block h-2 w-full rounded-full bg-(--track)"
    >
      <span className="block h-2 rounded-full" style={{ width: `${fraction * 100}%`, background: colour ?? usual }} />
      {mark == null ? null : (
        <span className="absolute -top-1 h-4 w-0.5 bg-(--text)" style={{ left: `calc(${mark * 100}% - 1px)` }} />
      )}
    </span>
  )
}
