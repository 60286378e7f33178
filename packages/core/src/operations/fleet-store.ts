import type { FleetSample } from './rules/fleet-sample.ts'

/** What all processes together have to do. It is counted by one of them at a time, and kept for the others. */
export interface FleetStore {
  /** Counts, if the last sample has become old and nobody else is at it; whether it did. */
  sampleFleet(): Promise<boolean>
  /** The newest sample, and its age in seconds by the database's clock; null: there is none yet. */
  readFleet(): Promise<{ sample: FleetSample; ageSeconds: number } | null>
}
