import { expect, it } from 'vitest'
import { afterCall, firstRound, type Round } from '#core/retention/rules/round.ts'

/** Calls, each of which looks at one place more; the places behind which they begin. */
function placesOf(calls: number, isThrough: (call: number) => boolean): (number | null)[] {
  const places: (number | null)[] = []
  let round: Round<number> = firstRound
  for (let call = 1; call <= calls; call++) {
    places.push(round.after)
    round = afterCall(round, { last: call, isThrough: isThrough(call) })
  }
  return places
}
const upTo = (count: number) => [null, ...Array.from({ length: count - 1 }, (_, n) => n + 1)]

it('a round that is through goes on at its end until it has had fifteen calls', () => {
  expect(placesOf(17, () => true)).toEqual([...upTo(15), null, 16])
})

it('a round that takes longer is followed by the next at once', () => {
  expect(placesOf(21, (call) => call === 20)).toEqual([...upTo(20), null])
})

it('a round that finds nothing begins anew with the next call, and is as long as any', () => {
  let round: Round<number> = firstRound
  for (let call = 1; call <= 20; call++) round = afterCall(round, { last: null, isThrough: true })
  expect(round).toEqual(firstRound)
})
