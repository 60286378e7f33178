/** `fraction` null: nobody knows how much is to come. */
export function ProgressBar({ fraction, name }: { fraction: number | null; name: string }) {
  const value = fraction === null ? {} : { 'aria-valuenow': Math.floor(fraction * 100) }
  return (
    <div
      role="progressbar"
      aria-label={name}
      aria-valuemin={0}
      aria-valuemax={100}
      {...value}
      className="h-1.5 w-full overflow-hidden rounded-full bg-(--track)"
    >
      <div
        className={`h-full rounded-full bg-blue-600 ${fraction === null ? 'animate-pulse opacity-50' : ''}`}
        style={{ width: `${(fraction ?? 1) * 100}%` }}
      />
    </div>
  )
}
