/**
 * Debian's and Docker's PostgreSQL compile every plan that looks costly (jit=on), and all of ours do that avoid a scan
 * because `enable_seqscan` is off: its penalty is beyond `jit_above_cost`. Compiling takes seconds, running microseconds.
 */
const always = { jit: 'off' }

/**
 * How a connection is opened whose session has these settings: what pg takes for `connectionString` and `options`. Settings
 * that the URL itself asks for (`?options=-c …`) stay, unless ours say otherwise: pg would let them replace ours.
 */
export function withSession(
  connectionString: string,
  settings: Readonly<Record<string, string>> = {},
): { connectionString: string; options: string } {
  const url = new URL(connectionString)
  const given = url.searchParams.get('options')
  url.searchParams.delete('options')
  const ours = Object.entries({ ...always, ...settings }).map(([name, value]) => `-c ${name}=${value}`)
  return { connectionString: url.href, options: [...(given ? [given] : []), ...ours].join(' ') }
}
