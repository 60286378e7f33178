/** Asked for while it runs, it runs once more. */
export function oneAtATime(work: () => Promise<void>): () => void {
  let running = false
  let again = false
  const run = async () => {
    again = running
    if (running) return
    running = true
    await work()
    running = false
    if (again) await run()
  }
  return () => void run()
}
