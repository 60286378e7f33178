/** What keys may do. No scope implies another. */
export const scopes = ['read', 'write', 'foreground', 'admin'] as const
export type Scope = (typeof scopes)[number]

/** Who makes keys: a key of the tenant, or an operator, who may give every scope. */
export type Issuer = { readonly keyId: string; readonly scopes: readonly Scope[] } | 'operator'

/** How a key names the one who made it. */
export function issuerName(issuer: Issuer): string {
  return issuer === 'operator' ? issuer : issuer.keyId
}

/** The scopes among these that the issuer may not give: it does not have them itself. */
export function scopesBeyond(issuer: Issuer, wanted: readonly Scope[]): Scope[] {
  return issuer === 'operator' ? [] : wanted.filter((scope) => !issuer.scopes.includes(scope))
}
