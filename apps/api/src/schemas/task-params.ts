import { Type } from 'typebox'
import { closed, id } from './shapes.ts'

/** Of every route that is about one task. Such a task may have gone: then the route answers 410 (http/gone-tasks.ts). */
export const taskParams = Type.Object({ id: id('tsk', 'task') }, closed)
