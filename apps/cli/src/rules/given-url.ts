/** What is to be fetched: an http or https URL, as curl takes it also without a scheme; or a task that exists. Null: neither. */
export type Wanted = { url: string } | { taskId: string }

export function wantedOf(text: string): Wanted | null {
  if (/^tsk_\w+$/.test(text)) return { taskId: text }
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`)
  return url !== null && /^https?:$/.test(url.protocol) && url.hostname !== '' ? { url: url.href } : null
}

/** `Name: value` as curl takes it. Null: it is none. */
export function headerOf(text: string): [name: string, value: string] | null {
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):\s*(.*?)\s*$/s.exec(text) ?? []
  return name === undefined || value === undefined || /[\r\n\0]/.test(value) ? null : [name, value]
}

const unitSeconds: Record<string, number> = { s: 1, m: 60, min: 60, h: 3_600, d: 86_400 }

/** A time in RFC 3339: `2026-12-01T03:00Z`, `+2h`, `30min`, or `22:00` for the next time it is that late (on this machine). */
export function timeOf(text: string, now: Date): string | null {
  const [, amount, unit] = /^\+?(\d{1,6})\s*(s|m|min|h|d)$/.exec(text) ?? []
  if (amount !== undefined) return new Date(now.getTime() + Number(amount) * unitSeconds[unit!]! * 1000).toISOString()
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? []
  if (hours !== undefined) {
    const time = new Date(now)
    time.setHours(Number(hours), Number(minutes), 0, 0)
    if (time <= now) time.setDate(time.getDate() + 1)
    return time.toISOString()
  }
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return null
  const time = new Date(text)
  return Number.isNaN(time.getTime()) ? null : time.toISOString()
}
