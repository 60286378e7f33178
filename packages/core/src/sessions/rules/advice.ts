/** Figures of a session's recent wakes and tasks. */
export interface AdviceFigures {
  /** The newest wakes of the last day, {@link sample}.wakes at most; and how many of them told of a single task. */
  wakes: number
  singleTaskWakes: number
  /** The host that most of the tasks completed in the last hour came from ({@link sample}.tasks at most); null without any. */
  busiestHost: { host: string; tasks: number; meanBytes: number } | null
  /** Of the tasks that said how many bytes they expect: the median ratio of expected to received. */
  expectations: { tasks: number; medianRatio: number } | null
  /** How long the oldest of the pending events of a session that is owed a wake has waited; null: no wake is owed. */
  pendingSeconds: number | null
}

/** How far the figures look back at most. */
export const sample = { wakes: 8, tasks: 2_000 } as const

/** From where on something is worth saying. */
export const adviceThresholds = {
  /** Wakes for one task each that are no habit yet. */
  singleTaskWakes: 6,
  /** The wakes looked at, at most. */
  singleTaskShare: 0.75,
  tinyTasks: 1_000,
  tinyBytes: 16_384,
  expectations: 10,
  /** Expected over received, either way. */
  expectationFactor: 4,
  pendingSeconds: 3_600,
} as const

/** How the client could work better with the service, each with the figures that say so. Empty when it works well. */
export function sessionAdvice(figures: AdviceFigures): string[] {
  return [...wakesAdvice(figures), ...tinyAdvice(figures), ...expectationAdvice(figures), ...pendingAdvice(figures)]
}

function pendingAdvice({ pendingSeconds }: AdviceFigures): string[] {
  if (pendingSeconds === null || pendingSeconds < adviceThresholds.pendingSeconds) return []
  return [
    `events have been pending for ${Number((pendingSeconds / 3600).toFixed(1))} h, because tasks of the session run, are due or are about to be retried: read them with GET /v1/events, or give such sessions a wakeMaximumLatency, so that they are told in between.`,
  ]
}

function wakesAdvice({ wakes, singleTaskWakes: single }: AdviceFigures): string[] {
  const { singleTaskWakes, singleTaskShare } = adviceThresholds
  if (single < singleTaskWakes || single < wakes * singleTaskShare) return []
  return [
    `${single} of the session's last ${wakes} wakes told of a single task: create tasks in batches, so that one wake tells of all of them and the delay rises less.`,
  ]
}

function tinyAdvice({ busiestHost }: AdviceFigures): string[] {
  const { tinyTasks, tinyBytes } = adviceThresholds
  if (busiestHost === null || busiestHost.tasks < tinyTasks || busiestHost.meanBytes > tinyBytes) return []
  const { host, tasks, meanBytes } = busiestHost
  return [
    `${tasks} tasks from ${host} completed within the last hour with ${Math.round(meanBytes)} bytes on average: fetch one archive instead of many small files, if the origin has one.`,
  ]
}

function expectationAdvice({ expectations }: AdviceFigures): string[] {
  const { expectations: least, expectationFactor } = adviceThresholds
  if (expectations === null || expectations.tasks < least) return []
  const { tasks, medianRatio: ratio } = expectations
  if (ratio < expectationFactor && ratio > 1 / expectationFactor) return []
  const [factor, direction] = ratio > 1 ? [ratio, 'more'] : [1 / ratio, 'fewer']
  return [
    `countOfBytesClientExpectsToReceive said ${Number(factor.toPrecision(2))} times ${direction} bytes than came (the middle one of ${tasks} tasks that completed within the last hour): the plan is made from it, so say what you know or leave it out.`,
  ]
}
