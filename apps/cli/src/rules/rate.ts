/** So long ago is what a rate is about. */
const windowMs = 5_000
/** Samples that are nearer to each other are one: a fast file has thousands of chunks a second. */
const apartMs = 100

export interface Sample {
  atMs: number
  bytes: number
}

/** The samples with a new one, and without those that are too old to matter. What goes backwards begins anew. */
export function withSample(samples: readonly Sample[], sample: Sample): Sample[] {
  const last = samples.at(-1)
  if (last !== undefined && sample.bytes < last.bytes) return [sample]
  const before = samples.at(-2)
  if (last !== undefined && before !== undefined && last.atMs - before.atMs < apartMs)
    return withSample(samples.slice(0, -1), sample)
  const young = samples.findIndex(({ atMs }) => atMs > sample.atMs - windowMs)
  // Behind a long pause there is only the one before it.
  return [...samples.slice(young), sample]
}

/** Bytes a second over the samples; null: too little is known. */
export function rateOf(samples: readonly Sample[]): number | null {
  const [first, last] = [samples[0], samples.at(-1)]
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return null
  return ((last.bytes - first.bytes) * 1000) / (last.atMs - first.atMs)
}
