/** Why work in hand has to stop. Not a failure: no attempt is charged for it. */
export class Interruption extends Error {
  override readonly name = 'Interruption'
  /** lost: the task is no longer ours. stopping: this process is. deadline: the task's time is up. */
  readonly why: 'lost' | 'stopping' | 'deadline'
  constructor(why: Interruption['why']) {
    super(why)
    this.why = why
  }
}
