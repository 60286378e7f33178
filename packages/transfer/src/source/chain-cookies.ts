import type { Cookie, CookieJar } from 'tough-cookie'

/** The cookies of one chain of redirects (RFC 6265). They are in memory only, and end with the chain. */
export interface ChainCookies {
  /** Takes what a response of `url` sets. A cookie that it may not set is ignored. */
  take(url: string, setCookies: readonly string[]): Promise<void>
  /** The Cookie field for a request of `url`; empty when there is none. */
  fieldFor(url: string): string
}

/** As in curl, which bounds what an origin can have us send. */
const limits = { fieldsOfResponse: 50, setCookieLength: 5_000, cookieLength: 8_190 }

/** RFC 9110 §5.5; the library would cut a value at a control character. */
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/

/** Most chains set none: the library, with its list of public suffixes, is loaded with the first one. */
export function createChainCookies(): ChainCookies {
  let jar: CookieJar | null = null
  return {
    async take(url, setCookies) {
      if (setCookies.length === 0) return
      jar ??= await newJar()
      for (const field of setCookies.slice(0, limits.fieldsOfResponse)) {
        if (field.length <= limits.setCookieLength && fieldValue.test(field))
          jar.setCookieSync(field, url, { ignoreError: true })
      }
    },
    fieldFor(url) {
      let field = ''
      // Those of longer paths come first (RFC 6265 §5.4), and are what is kept of too many.
      for (const cookie of jar === null ? [] : cookiesFor(jar, url)) {
        const next = field === '' ? cookie.cookieString() : `${field}; ${cookie.cookieString()}`
        if (next.length <= limits.cookieLength) field = next
      }
      return field
    },
  }
}

/** A host such as `local`, which only an operator can open, is an error to the library. It has no cookies then. */
function cookiesFor(jar: CookieJar, url: string): Cookie[] {
  try {
    return jar.getCookiesSync(url)
  } catch {
    return []
  }
}

async function newJar(): Promise<CookieJar> {
  const { CookieJar } = await import('tough-cookie')
  // By RFC 6265 no plain connection is secure, not even one to this machine.
  return new CookieJar(undefined, { rejectPublicSuffixes: true, prefixSecurity: 'silent', allowSecureOnLocal: false })
}
