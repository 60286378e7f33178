import type { ProblemCode, RequestError } from '../../kernel/rules/errors.ts'

/** A task that cannot be created as things stand, by its place among those given. */
export interface RefusedTask {
  index: number
  why: 'resumeDataExpired' | 'resumeDataUsed' | 'fileKeyTaken'
}

/** Thrown by the store where only the database could know; it undoes the creation of all. */
export class TasksRefused extends Error {
  override readonly name = 'TasksRefused'
  readonly refused: RefusedTask[]
  constructor(refused: RefusedTask[]) {
    super('some of the tasks cannot be created')
    this.refused = refused
  }
}

const refusals = {
  resumeDataExpired: {
    member: '/resumeData',
    code: 'invalid_resume_data',
    detail: 'The resume data has expired: it can be used for three days.',
  },
  resumeDataUsed: {
    member: '/resumeData',
    code: 'invalid_resume_data',
    detail: 'The resume data was already used: another task has taken over what had been received.',
  },
  fileKeyTaken: {
    member: '/destinationKey',
    code: 'file_key_taken',
    detail: 'Another file of yours is at that key, will be there, or was until a moment ago.',
  },
} as const satisfies Record<RefusedTask['why'], { member: string; code: ProblemCode; detail: string }>

/** As the errors that a client is told of. `pointerOf` says where each task was given. */
export function errorsOfRejections({ refused }: TasksRefused, pointerOf: (index: number) => string): RequestError[] {
  return refused.map(({ index, why }) => {
    const { member, code, detail } = refusals[why]
    return { pointer: pointerOf(index) + member, code, detail }
  })
}
