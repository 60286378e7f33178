import type { Task } from '@backhaul/sdk'

type State = Task['state']

/** What can be done with a task, and what it will do. */
export const verbs = {
  suspend: {
    words: 'Suspend',
    says: 'It keeps what it has received, and goes on when it is resumed.',
    from: ['waiting', 'running'],
    isFinal: false,
  },
  resume: { words: 'Resume', says: 'It waits for its turn.', from: ['suspended'], isFinal: false },
  cancel: {
    words: 'Cancel',
    says: 'It ends. What was received can be taken up again with resume data, if the server allows it.',
    from: ['suspended', 'waiting', 'running'],
    isFinal: true,
  },
  retry: { words: 'Retry', says: 'A new task fetches the same file.', from: ['failed', 'canceled'], isFinal: false },
} as const satisfies Record<string, { words: string; says: string; from: readonly State[]; isFinal: boolean }>
export type Verb = keyof typeof verbs

export const verbNames = Object.keys(verbs) as Verb[]

export const canBe = (verb: Verb, state: State) => (verbs[verb].from as readonly State[]).includes(state)
