import type { ObjectStore } from '@backhaul/transfer/storage'
import type { ReconcileOptions } from './reconcile.ts'
import type { ReconcileStore, StoredItem } from './reconcile-store.ts'
import { isUnrelated } from './rules/reconcile-report.ts'
import { readStoredKey } from './rules/stored-key.ts'

interface DoubtPorts {
  stores: { files: Pick<ReconcileStore, 'listExpectedFiles' | 'findNamedKeys'> }
  objects: Pick<ObjectStore, 'head' | 'listObjects'>
  nowMs(): number
}

const looked = 200
const atOnce = 16

/**
 * Why database and storage seem not to belong together, before a repair ends every file of the one, or removes every object of the other; null:
 * some of what was looked at matches, or there is too little to tell. Changes nothing. Throws StorageUnavailable and DatabaseUnavailable.
 */
export async function doubtReconciliation(
  { stores, objects, nowMs }: DoubtPorts,
  { tenantId, minimumAgeMs }: Pick<ReconcileOptions, 'tenantId' | 'minimumAgeMs'>,
): Promise<string | null> {
  const files = await stores.files.listExpectedFiles(tenantId, null, looked)
  let found = 0
  for (let from = 0; from < files.length && found === 0; from += atOnce) {
    const heads = await Promise.all(files.slice(from, from + atOnce).map(({ key }) => objects.head(key)))
    found += heads.filter((head) => head !== null).length
  }
  if (isUnrelated(files.length, found))
    return `none of the first ${files.length} files of the database is in this storage: is it the storage of that database?`
  const { objects: listed } = await objects.listObjects(tenantId === null ? '' : `${tenantId}/`, null, looked)
  const ours = listed
    .filter(({ modifiedAt }) => nowMs() - modifiedAt.getTime() >= minimumAgeMs)
    .flatMap(({ key }): StoredItem[] => {
      const owner = readStoredKey(key)
      return owner.kind === 'foreign' ? [] : [{ key, taskId: owner.kind === 'bytes' ? owner.taskId : null }]
    })
  const named = await stores.files.findNamedKeys(ours)
  if (isUnrelated(ours.length, named.size))
    return `none of the first ${ours.length} objects of this storage is in the database: is it the database of that storage?`
  return null
}
