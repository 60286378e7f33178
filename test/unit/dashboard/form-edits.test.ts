import { describe, expect, it } from 'vitest'
import { changedTexts, shownTexts, withoutSent } from '#dashboard/rules/form-edits.ts'
import { settingsChange, settingTexts } from '#dashboard/rules/tenant-settings.ts'

describe('what is typed into a form', () => {
  const saved = { name: 'one', weight: '1' }

  it('stays when somebody else saves, and what was not typed is what they saved', () => {
    expect(shownTexts({ ...saved, weight: '5' }, { name: 'two' })).toEqual({ name: 'two', weight: '5' })
  })

  it('is sent alone, and not when it is what is saved', () => {
    expect(changedTexts(saved, { name: 'two' })).toEqual({ name: 'two' })
    expect(changedTexts(saved, { name: 'one' })).toEqual({})
  })

  it('stays when it was typed while something else was sent', () => {
    expect(withoutSent({ name: 'three', weight: '2' }, { name: 'two', weight: '2' })).toEqual({ name: 'three' })
  })
})

describe('the settings of a tenant', () => {
  it('are texts in a form, where empty is the installation\u2019s', () => {
    const limiterPolicy = { baseSeconds: 0, factor: null, capSeconds: 60 }
    expect(settingTexts({ name: 'one', weight: 2.5, limiterPolicy })).toEqual({
      ...{ name: 'one', weight: '2.5', baseSeconds: '0', factor: '', capSeconds: '60' },
    })
  })

  it('are sent as far as they were changed', () => {
    expect(settingsChange({})).toEqual({})
    expect(settingsChange({ weight: '2' })).toEqual({ weight: 2 })
    expect(settingsChange({ name: 'two', factor: '' })).toEqual({ name: 'two', limiterPolicy: { factor: null } })
  })

  it('are sent as they were typed when they are no numbers, so that the service refuses them at the field', () => {
    expect(settingsChange({ weight: '' })).toEqual({ weight: '' })
    expect(settingsChange({ weight: '2,5', factor: 'two' })).toEqual({
      weight: '2,5',
      limiterPolicy: { factor: 'two' },
    })
  })
})
