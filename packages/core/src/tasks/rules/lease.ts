export interface Lease {
  taskId: string
  epoch: number
}
