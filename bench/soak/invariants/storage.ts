import type { Invariant } from '../history.ts'

const isKept = (state: string) => state === 'temporary' || state === 'permanent'

/** What lies in the bucket for a completed task is what its origin served at one time, whole. */
export const rightBytes: Invariant = ({ creations, tasks, versions }) => {
  const byId = new Map(tasks.map((task) => [task.id, task]))
  return creations.flatMap(({ taskId, path }) => {
    const task = byId.get(taskId)
    if (task?.state !== 'completed') return []
    if (task.file === null) return [{ id: taskId, what: 'it is completed and has no file' }]
    if (!isKept(task.file.state)) return []
    const { key, sha256 } = task.file
    if (sha256 === null) return [{ id: taskId, what: `its file ${key} is not in the bucket` }]
    if (versions.get(path)?.has(sha256)) return []
    return [{ id: taskId, what: `its file has the SHA-256 ${sha256}, which ${path} never served` }]
  })
}

/** A worker that dies while it asks what storage compares leaves this to the next one that begins an upload. */
const isProbe = (key: string) => key === 'probe'

export const swept: Invariant = ({ tasks, objects, uploads }) => {
  const files = new Set(tasks.flatMap(({ file }) => (file && isKept(file.state) ? [file.key] : [])))
  const orphans = objects
    .filter((key) => !files.has(key) && !isProbe(key))
    .map((key) => ({ id: key, what: 'an object that is no file' }))
  const left = uploads
    .filter(({ key }) => !isProbe(key))
    .map(({ key, uploadId }) => ({ id: key, what: `an upload that nobody ends: ${uploadId}` }))
  return [...orphans, ...left]
}
