/** How long earlier secrets still sign beside a new one, in seconds. */
export const secretOverlapSeconds = { least: 0, most: 604_800, default: 86_400 }

/**
 * Secrets that sign at once, at most. Each is a signature in the header of every delivery, which receivers try one by
 * one and limit in length; and a secret that was replaced because it leaked has to stop some time.
 */
export const maxLiveSecrets = 5
