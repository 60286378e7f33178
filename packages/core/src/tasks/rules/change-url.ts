/**
 * A task's request with another URL. Headers were meant for the origin they were given with (RFC 6454: scheme, host and
 * port), and go to no other.
 */
export function renewedRequest(
  request: { url: string; headers: Record<string, string> },
  url: string,
): { url: string; headers: Record<string, string> } {
  return { url, headers: new URL(request.url).origin === new URL(url).origin ? request.headers : {} }
}
