export interface TenantChores {
  /** Takes tasks from workers that are still at work for tenants that rest; normally there are none. */
  giveBackResting(): Promise<void>
}
