/** What keys may do. No scope implies another. */
export const scopes = ['read', 'write', 'foreground', 'admin'] as const
export type Scope = (typeof scopes)[number]
