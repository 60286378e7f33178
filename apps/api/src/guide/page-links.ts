/** Where a link of a page leads on the served site. */
export type PageLink =
  | { kind: 'href'; href: string; isElsewhere: boolean }
  /** A file of the repository that is not served. */
  | { kind: 'file'; path: string }
  /** A scheme that no page of ours has a reason to link. */
  | { kind: 'refused' }

/**
 * The address of a document under `docs/`: `guide/errors.md` is `/docs/guide/errors`, the index `guide/README.md` is `/docs/guide`,
 * and what is no Markdown keeps its name.
 */
export function addressOf(path: string): string {
  return `/docs/${path.replace(/(^|\/)README\.md$/, '').replace(/\.md$/, '')}`
}

/** `from` is the path of the page that has the link, under `docs/`; `served` are the paths of all files under `docs/` that are served. */
export function pageLink(href: string, from: string, served: ReadonlySet<string>): PageLink {
  if (/^https?:\/\//i.test(href)) return { kind: 'href', href, isElsewhere: true }
  if (/^[a-z][a-z0-9+.-]*:/i.test(href) || href.startsWith('//')) return { kind: 'refused' }
  if (href.startsWith('#') || href.startsWith('/')) return { kind: 'href', href, isElsewhere: false }
  // A relative link that climbs above the repository ends at its root, as URLs do.
  const { pathname, hash } = new URL(href, `http://repository/docs/${from}`)
  const path = pathname.replace(/^\/docs\//, '').replace(/^guide\/?$/, 'guide/README.md')
  if (pathname.startsWith('/docs/') && served.has(path))
    return { kind: 'href', href: `${addressOf(path)}${hash}`, isElsewhere: false }
  return { kind: 'file', path: decodeURIComponent(pathname).slice(1) }
}
