import { describe, expect, it } from 'vitest'
import { exchangeError, tlsError } from '#transfer/http/network-errors.ts'

const withCode = (code: string) => Object.assign(new Error('10.0.0.1:443 said something'), { code })

describe('an alert of the host, in the handshake or instead of a response', () => {
  it.each([
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'clientCertificateRequired'],
    ['ERR_SSL_TLSV13_ALERT_MISSING_EXTENSION', 'secureConnectionFailed'],
    ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'secureConnectionFailed'],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'secureConnectionFailed'],
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'secureConnectionFailed'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'secureConnectionFailed'],
    ['ERR_SSL_TLSV1_ALERT_ACCESS_DENIED', 'secureConnectionFailed'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'secureConnectionFailed'],
    ['ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', 'secureConnectionFailed'],
    ['EPROTO', 'secureConnectionFailed'],
  ])('%s is %s', (code, failure) => {
    for (const named of [tlsError, exchangeError]) {
      const error = named(withCode(code))
      expect(error.failure).toBe(failure)
      expect(error.message).toContain(code)
      expect(error.message).not.toContain('10.0.0.1')
    }
  })

  it.each(['ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC', 'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', 'ERR_SSL_WRONG_VERSION_NUMBER'])(
    '%s behind the handshake is a lost connection',
    (code) => expect(exchangeError(withCode(code)).failure).toBe('networkConnectionLost'),
  )
})
