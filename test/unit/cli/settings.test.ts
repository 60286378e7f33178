import { describe, expect, it } from 'vitest'
import { chooseSetting, maskedKey, serviceUrl } from '#cli/rules/settings.ts'

describe('a setting', () => {
  it.each([
    [
      'the flag before all',
      { flag: 'a', environment: 'b', profile: 'c', default: 'd' },
      { value: 'a', source: 'flag' },
    ],
    ['then the environment', { environment: 'b', profile: 'c' }, { value: 'b', source: 'environment' }],
    ['then the profile', { flag: undefined, environment: '', profile: 'c' }, { value: 'c', source: 'profile' }],
    ['then the default', { default: 'd' }, { value: 'd', source: 'default' }],
    ['or nothing', { flag: '' }, null],
  ])('is that of %s', (_what, given, chosen) => {
    expect(chooseSetting(given)).toEqual(chosen)
  })

  it.each([
    ['bh_0123456789abcdef', 'bh_…cdef'],
    ['an-operators-token-abcd', '…abcd'],
    ['bh_short', '…'],
  ])('%s is shown as %s', (key, masked) => {
    expect(maskedKey(key)).toBe(masked)
  })

  it.each([
    ['localhost:8080', 'http://localhost:8080'],
    ['https://example.com/backhaul/', 'https://example.com/backhaul'],
    ['ftp://example.com', null],
    ['http://', null],
    ['', null],
  ])('the address %s is %s', (text, url) => {
    expect(serviceUrl(text)).toBe(url)
  })
})
