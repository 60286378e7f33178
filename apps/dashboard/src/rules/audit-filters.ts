export interface AuditFilters {
  action?: string
  key?: string
  since?: string
  tenant?: string
}

const shapes: Record<keyof AuditFilters, RegExp> = {
  action: /^[A-Za-z]{1,64}$/,
  key: /^key_[0-7][0-9a-hjkmnp-tv-z]{25}$/,
  tenant: /^ten_[0-7][0-9a-hjkmnp-tv-z]{25}$/,
  since: /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/,
}

/** What an address says, without what the service would refuse: an address may be mistyped, or on its way to be typed. */
export function readAuditFilters(search: URLSearchParams): AuditFilters {
  const given = (Object.keys(shapes) as (keyof AuditFilters)[]).flatMap((name) => {
    const value = search.get(name)?.trim() ?? ''
    const fits = shapes[name].test(value) && (name !== 'since' || !Number.isNaN(Date.parse(value)))
    return fits ? [[name, value]] : []
  })
  const { since, ...filters } = Object.fromEntries(given) as AuditFilters
  return since === undefined ? filters : { ...filters, since: new Date(since).toISOString() }
}

/** A moment as a field of the reader's own time has it, and back; '' is none. */
export function localMinute(since: string | null): string {
  const at = new Date(since ?? '')
  if (Number.isNaN(at.getTime())) return ''
  const two = (value: number) => `${value}`.padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`
}

export function fromLocalMinute(text: string): string {
  const at = new Date(text)
  return text === '' || Number.isNaN(at.getTime()) ? '' : at.toISOString()
}
