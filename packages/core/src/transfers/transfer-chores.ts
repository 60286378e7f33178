export interface TransferChores {
  /** Returns tasks whose lease has ended, and fails those whose deadline has passed or whose host is given up; how many. */
  reap(): Promise<number>
}
