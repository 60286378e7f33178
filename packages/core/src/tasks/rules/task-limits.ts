/** Limits of the members of a task. The schemas of the API and the checks of `create-tasks.ts` share them. */
export const taskLimits = {
  batch: 1000,
  descriptionLength: 1024,
  metadataKeys: 20,
  metadataKeyLength: 40,
  metadataValueLength: 256,
  /** Size of the whole map, as JSON in UTF-8: it is part of every event, and those stay under 20 kB. */
  metadataBytes: 4096,
  mimeTypes: 20,
  /** How far ahead a task may be planned, in days. */
  beginAheadDays: 3653,
} as const
