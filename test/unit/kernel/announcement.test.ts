import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AnnouncementKind,
  type AnnouncementOf,
  announcementKinds,
  decode,
  encode,
} from '#core/kernel/rules/announcement.ts'

const id = fc.string({ maxLength: 40 })
const announcements: { [Kind in AnnouncementKind]: fc.Arbitrary<AnnouncementOf<Kind>> } = {
  work: fc.constant({ kind: 'work' }),
  interrupted: fc.record({ kind: fc.constant('interrupted'), taskId: id }),
  ended: fc.record({ kind: fc.constant('ended'), taskId: id }),
  events: fc.record({ kind: fc.constant('events'), tenantId: id, head: fc.nat() }),
  note: fc.record({ kind: fc.constant('note'), notice: fc.record({ type: id, tenantId: id }) }),
  connected: fc.record({ kind: fc.constant('connected'), endpointId: id, connectionId: id }),
  answered: fc.record({
    kind: fc.constant('answered'),
    deliveryId: id,
    attempt: fc.nat(),
    status: fc.option(fc.integer({ min: 100, max: 999 })),
  }),
  key: fc.record({ kind: fc.constant('key'), keyId: id }),
  draining: fc.record({ kind: fc.constant('draining'), workerId: id }),
  missed: fc.constant({ kind: 'missed' }),
}

describe('an announcement', () => {
  it('of every kind is read as it was written', () => {
    expect(announcementKinds.toSorted()).toEqual(Object.keys(announcements).toSorted())
    fc.assert(
      fc.property(fc.oneof(...Object.values(announcements)), (announcement) => {
        expect(decode(encode(announcement))).toEqual(announcement)
      }),
    )
  })

  it.each([
    ['nothing', ''],
    ['a kind that is not known', 'constructor:{}'],
    ['no JSON', 'ended:tsk_1'],
  ])('that is %s is left out', (_what, text) => expect(decode(text)).toBeNull())
})
