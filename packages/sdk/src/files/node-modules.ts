interface NodeModules {
  'fs/promises': typeof import('node:fs/promises')
  crypto: typeof import('node:crypto')
  net: typeof import('node:net')
  path: typeof import('node:path')
  tls: typeof import('node:tls')
  zlib: typeof import('node:zlib')
}

/** Bundlers for browsers would want to resolve a name that they can read. */
export function node<Name extends keyof NodeModules>(name: Name): Promise<NodeModules[Name]> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ `node:${name}`)
}
