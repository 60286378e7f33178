/** The members of `process` that are used here. */
interface Child {
  readonly env: NodeJS.ProcessEnv
  readonly ppid: number
}

const lookEveryMs = 1_000

/**
 * Calls `onGone` once npm, which has started this process as its own child, is gone. A killed npm passes no signal on,
 * and the service would go on running unseen with its port and DATA_DIR. npm says what it runs in
 * `npm_lifecycle_script`, and our scripts begin with `exec`, so that no shell is in between. A process that was started
 * otherwise may outlive its parent: by systemd or Docker, with nohup, in the background of a shell.
 */
export function watchParent(child: Child, onGone: () => void): void {
  if (!child.env.npm_lifecycle_script?.startsWith('exec ')) return
  const parent = child.ppid
  const timer = setInterval(() => {
    if (child.ppid === parent) return
    clearInterval(timer)
    onGone()
  }, lookEveryMs)
  timer.unref()
}
