/** Where webhooks are forwarded to: an http or https URL, `localhost:3000/path`, or a port alone. Null: it is none, or has a password in it. */
export function targetUrl(text: string): string | null {
  const given = /^\d{1,5}$/.test(text) ? `http://localhost:${text}/` : text
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `http://${given}`)
  return url !== null && /^https?:$/.test(url.protocol) && !url.username && !url.password ? url.href : null
}
