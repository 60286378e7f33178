import { describe, expect, it } from 'vitest'
import { createKeyUses } from '#core/keys/note-uses.ts'

/** Uses at a clock of their own, and what was written of them; the next writing fails if it is told to. */
function startUses() {
  const written: { keyId: string; agoMs: number }[][] = []
  const warnings: unknown[] = []
  const clock = { now: 1_000_000, fails: false }
  const noteUses = async (uses: readonly { keyId: string; agoMs: number }[]) => {
    if (clock.fails) throw new Error('the database is away')
    written.push([...uses])
  }
  const uses = createKeyUses({
    stores: { keys: { noteUses } },
    log: { warn: (fields: object) => void warnings.push(fields) },
    nowMs: () => clock.now,
  })
  return { uses, written, warnings, clock }
}

describe('uses of keys', () => {
  it('are written together, the last one of each key, as ages', async () => {
    const { uses, written, clock } = startUses()
    uses.note('a')
    clock.now += 1_000
    uses.note('b')
    uses.note('a')
    clock.now += 500
    await uses.write()
    expect(written).toEqual([
      [
        { keyId: 'a', agoMs: 500 },
        { keyId: 'b', agoMs: 500 },
      ],
    ])
    await uses.write()
    expect(written).toHaveLength(1)
  })

  it('are kept while they cannot be written, with those that come meanwhile', async () => {
    const { uses, written, warnings, clock } = startUses()
    uses.note('a')
    uses.note('b')
    clock.fails = true
    await uses.write()
    expect(warnings).toMatchObject([{ event: 'api_keys.note_uses_failed' }])
    clock.now += 10_000
    uses.note('b')
    clock.fails = false
    await uses.write()
    expect(written).toEqual([
      [
        { keyId: 'a', agoMs: 10_000 },
        { keyId: 'b', agoMs: 0 },
      ],
    ])
  })

  it('are never in the future when the clock was set back', async () => {
    const { uses, written, clock } = startUses()
    uses.note('a')
    clock.now -= 60_000
    await uses.write()
    expect(written).toEqual([[{ keyId: 'a', agoMs: 0 }]])
  })
})
