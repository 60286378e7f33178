/** Hands claimed work to one of many processes. Lost hints are found again by polling the database. */
export interface HintQueue {
  addTasks(leases: readonly { taskId: string; epoch: number }[]): Promise<void>
  addDeliveryLanes(lanes: readonly { sessionId: string; endpointId: string }[]): Promise<void>
  /**
   * Calls back for every hint, up to `concurrency` at once. `leaveTasks`: takes no more hints of tasks, while those in hand
   * go on. Stopping waits for those in hand.
   */
  consume(
    handlers: {
      task(lease: { taskId: string; epoch: number }): Promise<void>
      deliveryLane(deliveryLane: { sessionId: string; endpointId: string }): Promise<void>
    },
    concurrency: { tasks: number; deliveryLanes: number },
  ): { leaveTasks(): void; stop(): Promise<void> }
  /** Resolves when the queue answers. */
  check(): Promise<void>
  close(): Promise<void>
}
