import { describe, expect, it } from 'vitest'
import { afterAsking } from '#core/decisions/rules/question-retry.ts'
import { type DeliveryOrder, readDeliveryOrder } from '#core/deliveries/rules/receiver-directive.ts'
import { afterAttempt, reasonToDisable } from '#core/deliveries/rules/retry-schedule.ts'

const now = Date.UTC(2026, 10, 25)

describe('webhook-delivery in a response', () => {
  it.each<[string | undefined, DeliveryOrder | null]>([
    [undefined, null],
    ['', null],
    ['disable', 'disable'],
    [' Disable ', 'disable'],
    ['abort-message', 'abort-message'],
    ['abort-message, disable', 'disable'],
    ['abort', null],
    ['disabled', null],
    ['enable', null],
    ['later, abort-message', 'abort-message'],
  ])('%j is read as %s', (field, order) => {
    expect(readDeliveryOrder(field)).toBe(order)
  })

  it.each<[number | null, DeliveryOrder, string, boolean]>([
    // Svix: abort-message has no effect when the message would not be retried.
    [204, 'abort-message', 'succeeded', false],
    [500, 'abort-message', 'failed', false],
    [301, 'abort-message', 'failed', false],
    [410, 'abort-message', 'gone', true],
    [204, 'disable', 'succeeded', true],
    [500, 'disable', 'gone', true],
    [410, 'disable', 'gone', true],
  ])('with %s and %s the delivery has %s; the endpoint is disabled: %s', (status, order, kind, isDisabled) => {
    const response = { status, retryAfterSeconds: null, order }
    expect(afterAttempt(response, 1, now, 0.5)).toEqual({ kind })
    expect(reasonToDisable(response) !== null).toBe(isDisabled)
  })

  it.each<[boolean, DeliveryOrder, string]>([
    [true, 'abort-message', 'succeeded'],
    [true, 'disable', 'succeeded'],
    [false, 'abort-message', 'failed'],
    [false, 'disable', 'gone'],
  ])('in an answer to a question that is usable (%s): %s leaves it %s', (isUsable, order, kind) => {
    const times = { nowMs: now, expiresAtMs: now + 300_000 }
    expect(afterAsking({ status: 200, retryAfterSeconds: null, order }, isUsable, 1, times, 0.5)).toEqual({ kind })
  })
})
