import { describe, expect, it } from 'vitest'
import { adviceText, adviseOn, type KeyUse, signedHours } from '#core/encryption/rules/key-use.ts'
import { resumeDataHours } from '#core/tasks/rules/resume-data.ts'

const now = new Date('2026-11-30T12:00:00.000Z')
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000)
const unused: KeyUse = {
  ...{ id: '1a2b3c4d', isUnlabelled: false, usedAt: hoursAgo(80), releasedAt: hoursAgo(79), holders: 2, users: 0 },
  rows: {},
}

describe('an encryption key', () => {
  it.each<[string, Partial<KeyUse>, string]>([
    ['that encrypts is kept', { users: 1 }, 'encrypts'],
    ['that rows need is kept, also one that was released', { rows: { task: 1 } }, 'rowsLeft'],
    ['whose rows were not looked for to the end is kept', { releasedAt: null }, 'notReleased'],
    ['that signed something lately is kept', { usedAt: hoursAgo(71) }, 'signaturesLeft'],
    ['that nothing needs may go', {}, 'removable'],
  ])('%s', (_, changes, advice) => {
    const key = { ...unused, ...changes }
    expect(adviseOn(key, now).advice).toBe(advice)
    expect(adviceText(key, now)).toMatch(/^1a2b3c4d: /)
  })

  it('says when it may go, and how many rows of which table it has left', () => {
    expect(adviseOn({ ...unused, usedAt: hoursAgo(2) }, now).removableAt).toEqual(hoursAgo(2 - signedHours))
    expect(adviceText({ ...unused, rows: { task: 3, session: 0, delivery: 2 } }, now)).toContain(
      '5 rows (task 3, delivery 2)',
    )
  })

  it('verifies for as long as the longest-lived thing that keys sign', () => {
    expect(signedHours).toBe(resumeDataHours)
  })
})
