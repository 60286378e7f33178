/** How long a key that is rotated still works beside its successor, in seconds. */
export const keyOverlapSeconds = { least: 0, most: 604_800, default: 86_400 }
