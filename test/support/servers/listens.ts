import { connect } from 'node:net'

/** Whether something listens at the port of 127.0.0.1. It gets a connection without a request. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const say = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('connect', () => say(true)).on('error', () => say(false))
  })
}
