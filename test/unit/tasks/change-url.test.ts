import { describe, expect, it } from 'vitest'
import { renewedRequest } from '#core/tasks/rules/change-url.ts'

const headers = { Authorization: 'secret' }
const from = (url: string, to: string) => renewedRequest({ url, headers }, to)

describe('a renewed URL', () => {
  it.each([
    ['https://a.example.com/x?signature=1', 'https://a.example.com/x?signature=2'],
    ['https://a.example.com/x', 'https://a.example.com:443/elsewhere'],
  ])('keeps the headers from %s to %s', (before, url) => {
    expect(from(before, url)).toEqual({ url, headers })
  })

  it.each([
    ['https://a.example.com/x', 'https://b.example.com/x'],
    ['https://a.example.com/x', 'http://a.example.com/x'],
    ['https://a.example.com/x', 'https://a.example.com:8443/x'],
    ['https://a.example.com/x', 'https://sub.a.example.com/x'],
  ])('drops them from %s to %s', (before, url) => {
    expect(from(before, url)).toEqual({ url, headers: {} })
  })
})
