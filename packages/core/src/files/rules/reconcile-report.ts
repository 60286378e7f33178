/** What the comparison of database and storage found. */
export interface Found {
  fileMissing: number
  fileWrongSize: number
  objectWithoutRow: number
  uploadWithoutRow: number
}

export interface Reconciliation {
  /** Looked at. */
  files: number
  objects: number
  uploads: number
  /** Things in storage that are not the service's by their key. */
  foreign: number
  /** Objects and uploads that are younger than the least age. */
  young: number
  found: Found
  repaired: number
}

/** For people, a line each. */
export function reportLines(
  { files, objects, uploads, foreign, young, found, repaired }: Reconciliation,
  repair: boolean,
): string[] {
  const total = Object.values(found).reduce((sum, count) => sum + count, 0)
  return [
    `Looked at ${files} files, ${objects} objects and ${uploads} unfinished uploads; ${young} too young to judge, ${foreign} not of this service.`,
    `Files whose object is missing: ${found.fileMissing}; of another size: ${found.fileWrongSize}.`,
    `Objects that no row names: ${found.objectWithoutRow}; unfinished uploads: ${found.uploadWithoutRow}.`,
    total === 0
      ? 'Database and storage agree.'
      : repair
        ? `Repaired ${repaired} of ${total}.`
        : `Nothing was changed. "npm run reconcile -- --repair" ends these files and removes these objects and uploads.`,
  ]
}

const fewestToTell = 20

/** Whether database and storage seem not to belong together: of so many that were looked at, so many were in both. */
export function isUnrelated(looked: number, matching: number): boolean {
  return looked >= fewestToTell && matching === 0
}
