/** The task that a delivered event is about; null: none, or it cannot be told. */
export function taskOfBody(body: string): string | null {
  try {
    const { data } = JSON.parse(body) as { data?: { task?: { id?: unknown }; taskId?: unknown } }
    const id = data?.task?.id ?? data?.taskId
    return typeof id === 'string' && /^tsk_[0-9a-z]{26}$/.test(id) ? id : null
  } catch {
    return null
  }
}
