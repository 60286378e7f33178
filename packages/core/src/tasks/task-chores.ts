export interface TaskChores {
  /** Makes garbage of what failed and canceled tasks had received and nobody has taken over in time. */
  expireResumeData(): Promise<number>
}
