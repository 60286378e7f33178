import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

interface TestCertificate {
  /** PEM. */
  cert: string
  key: string
}
interface CertificateWish {
  /** A DNS name or an IPv4 address. */
  subject: string
  notBefore?: Date
  notAfter?: Date
  /** The issuer; absent: self-signed. */
  issuer?: TestAuthority
  isAuthority?: boolean
}
export interface TestAuthority extends TestCertificate {
  name: string
  privateKey: KeyObject
}

const dayMs = 24 * 3600 * 1000

export function makeAuthority(name: string): TestAuthority {
  return make({ subject: name, isAuthority: true })
}

/** A certificate of one name, so that tests need neither files nor tools. X.509 in DER, RFC 5280 §4.1. */
export function makeCertificate(wish: CertificateWish): TestCertificate {
  return make(wish)
}

function make(wish: CertificateWish): TestAuthority {
  const { subject, issuer, isAuthority = false } = wish
  const { notBefore = new Date(Date.now() - dayMs), notAfter = new Date(Date.now() + dayMs) } = wish
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ecdsaWithSha256 = der(0x30, oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02))
  const version3 = der(0xa0, der(0x02, Buffer.from([2])))
  const extensions = isAuthority ? [basicConstraintsCa] : [alternativeName(subject)]
  const body = der(
    0x30,
    version3,
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    distinguishedName(issuer?.name ?? subject),
    der(0x30, utcTime(notBefore), utcTime(notAfter)),
    distinguishedName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, ...extensions)),
  )
  const signature = sign('sha256', body, issuer?.privateKey ?? privateKey)
  const whole = der(0x30, body, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature))
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    name: subject,
    privateKey,
  }
}

const basicConstraintsCa = der(
  0x30,
  oid(0x55, 0x1d, 0x13),
  der(0x01, Buffer.from([0xff])),
  der(0x04, der(0x30, der(0x01, Buffer.from([0xff])))),
)

function alternativeName(subject: string): Buffer {
  const isIpv4 = /^[\d.]+$/.test(subject)
  const name = isIpv4 ? der(0x87, Buffer.from(subject.split('.').map(Number))) : der(0x82, Buffer.from(subject))
  return der(0x30, oid(0x55, 0x1d, 0x11), der(0x04, der(0x30, name)))
}

function distinguishedName(commonName: string): Buffer {
  return der(0x30, der(0x31, der(0x30, oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(commonName)))))
}

function utcTime(date: Date): Buffer {
  const digits = date.toISOString().replace(/\D/g, '')
  return der(0x17, Buffer.from(`${digits.slice(2, 14)}Z`))
}

function oid(...bytes: number[]): Buffer {
  return der(0x06, Buffer.from(bytes))
}

function der(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const length = content.length
  const head =
    length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from(head), content])
}
