import type { HandledEvent } from './challenge.ts'
import type { Decisions } from './decisions.ts'
import type { WebhookEvents } from './events.generated.ts'
import type { Delivery, EventHandler } from './receive.ts'

/** Handlers by type of event. A handler of an event that asks must return an answer. Events of other types are accepted. */
export type HandlersByType = {
  [Type in HandledEvent['type']]?: (event: WebhookEvents[Type], delivery: Delivery) => ReplyTo<Type>
}

type ReplyTo<Type> = Type extends keyof Decisions ? Decisions[Type] | Promise<Decisions[Type]> : void | Promise<void>

/** Makes one handler of several, each with its type of event and, where the event asks, its type of answer. */
export function byType(handlers: HandlersByType): EventHandler {
  return (event, delivery) => {
    if (!Object.hasOwn(handlers, event.type)) return undefined
    // Each key of the table has the handler of its own type: the compiler has seen that, but cannot follow it here.
    const handler = handlers[event.type] as
      | ((event: HandledEvent, delivery: Delivery) => ReturnType<EventHandler>)
      | undefined
    return handler?.(event, delivery)
  }
}
