/** Whose an object in storage is, by its key: the bytes of a task, a file at a client's own key, or nothing of the service. */
export type StoredKey =
  | { kind: 'bytes'; tenantId: string; taskId: string }
  | { kind: 'file'; tenantId: string }
  | { kind: 'foreign' }

const id = (prefix: string) => `${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}`
const bytes = new RegExp(`^(${id('ten')})/tasks/(${id('tsk')})/\\d+$`)
const file = new RegExp(`^(${id('ten')})/files/.`, 's')

export function readStoredKey(key: string): StoredKey {
  const [, tenantId, taskId] = bytes.exec(key) ?? []
  if (tenantId !== undefined && taskId !== undefined) return { kind: 'bytes', tenantId, taskId }
  const [, owner] = file.exec(key) ?? []
  return owner === undefined ? { kind: 'foreign' } : { kind: 'file', tenantId: owner }
}
